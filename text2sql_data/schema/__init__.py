"""What a database looks like: introspection, rendering and retrieval of schemas."""
