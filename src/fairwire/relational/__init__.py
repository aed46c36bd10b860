"""The control store in tables, for every database that SQLAlchemy Core speaks to: schema, migrations, and all that is asked.

What differs from one database to the next is a `Database`; an adapter of `stores/` brings its own. Importing this costs nothing.
"""
