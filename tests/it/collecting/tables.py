"""Reads the collector's tables with DuckDB and with pandas, as an analyst would, and prints what
each of them sees: the columns' types, then some columns of every row, a JSON list per line."""

import json
import sys

import duckdb
import pandas

folder = sys.argv[1]
columns = sys.argv[2].split(",")


def shown(cell):
    if isinstance(cell, bytes):
        return cell.hex() if len(cell) < 8 else f"{len(cell)} bytes"
    return str(cell)


def tell(reader, types, rows):
    print(reader, json.dumps(dict(zip(columns, types))))
    for row in sorted(rows, key=lambda row: row[0]):
        print(reader, json.dumps(row, default=shown))


duckdb.sql("set timezone = 'UTC'")
table = duckdb.sql(
    f"select {sys.argv[2]} from read_parquet('{folder}/*/*/*.parquet', hive_partitioning=true)"
)
# Some versions have a name of its own for a time with nanoseconds.
types = [str(kind).replace("TIMESTAMPTZ_NS", "TIMESTAMP WITH TIME ZONE") for kind in table.types]
tell("duckdb", types, table.fetchall())

frame = pandas.read_parquet(folder, dtype_backend="pyarrow")[columns]
types = [str(kind).split("<")[0] for kind in frame.dtypes]
rows = zip(*([None if pandas.isna(cell) else cell for cell in frame[name]] for name in columns))
tell("pandas", types, rows)
