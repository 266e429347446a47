"""Learning tasks: questions and golds made from templates over SQLite databases, by the thousand, divided for learning."""
