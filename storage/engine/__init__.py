"""How the store works: tables, statements, transactions, migrations, copies. It knows no table."""
