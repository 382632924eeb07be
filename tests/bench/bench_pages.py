# What a script has to do for the same file: rows of the database as CSV, read, made safe for spreadsheets, written.
#   bench_pages.py csv FROM TO     csv.reader and csv.writer over what psql's COPY made
#   bench_pages.py numpy ROWS TO   numpy.savetxt of fifteen columns that are in memory already; exit status 3 without numpy
# Prints the seconds it took, without the start of the interpreter.
import csv
import sys
import time

RISKY = ("=", "+", "-", "@", "\t", "\r")
TEXTS = (2, 3, 8, 11, 12)  # columns that are text: a number may begin with a minus


def copy(source, target):
    with open(source, newline="", encoding="utf-8") as rows, open(target, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        for row in csv.reader(rows):
            for i in TEXTS:
                if row[i].lstrip().startswith(RISKY):
                    row[i] = "'" + row[i]
            writer.writerow(row)


def savetxt(rows, target):
    try:
        import numpy
    except ImportError:
        sys.exit(3)
    table = numpy.arange(rows * 15, dtype=float).reshape(rows, 15)
    begin = time.perf_counter()
    numpy.savetxt(target, table, delimiter=",", fmt="%.8g")
    return begin


start = time.perf_counter()
if sys.argv[1] == "csv":
    copy(sys.argv[2], sys.argv[3])
else:
    start = savetxt(int(sys.argv[2]), sys.argv[3])
print(time.perf_counter() - start)
