"""text2sql_data"""
