"""text2sql_train"""
