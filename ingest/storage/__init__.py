"""The only room that speaks SQL.

    sql/<table>.sql   named queries, one block each
    <table>.py        one typed function for each query, of the same name
    database.py       connections;   schema.py   schema.sql, migrations and their check

Functions take an open connection first and never commit: the caller owns the transaction.
"""
