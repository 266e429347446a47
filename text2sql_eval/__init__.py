"""text2sql_eval"""
