"""Critiques: parsing what validators wrote, criticising SQL by rules over its tree and the schema, and scoring whoever did."""
