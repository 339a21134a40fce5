# SPDX-License-Identifier: BSD-3-Clause
"""What the original notebook's Method 1 and its interactions export do with a folder of records, written anew from a
description: the yardstick of notebook.sh. tests/data/notebook/*.csv were made with it.

  notebook-loop.py items FOLDER >items.csv
  notebook-loop.py interactions FOLDER >interactions.csv

Files are taken in byte order of their names, where the notebook takes them as the file system gives them.
"""
import csv
import gzip
import io
import json
import os
import sys


def records(folder):
    for name in sorted(os.listdir(os.fsencode(folder))):
        path = os.path.join(os.fsencode(folder), name)
        opened = gzip.open(path) if name.endswith(b".gz") else open(path, "rb")
        with io.TextIOWrapper(opened, encoding="utf-8", newline="") as f:
            if name.removesuffix(b".gz").endswith(b".csv"):
                yield from csv.DictReader(f)
            else:
                for line in f:
                    yield json.loads(line)


def first(record, *keys):
    """The value of the first key that is there, whatever it is."""
    for key in keys:
        if key in record:
            return record[key]
    return None


def items(folder):
    for r in records(folder):
        labels = first(r, "category", "categories", "CATEGORY")
        if labels is None:
            labels = []
        if isinstance(labels, str):
            labels = labels.split("|")
        yield {"ITEM_ID": first(r, "id", "ID", "asin", "item_id", "ASIN", "ITEM_ID"), "CATEGORY": "|".join(labels[:3])}


def interactions(folder):
    for r in records(folder):
        value = first(r, "overall", "EVENT_VALUE", "rating", "score", "price")
        yield {
            "USER_ID": first(r, "reviewerID", "user_id", "reviewerId", "USER_ID"),
            "ITEM_ID": first(r, "asin", "item_id", "ASIN", "ITEM_ID"),
            "TIMESTAMP": int(first(r, "unixReviewTime", "TIMESTAMP", "timestamp")),
            "EVENT_TYPE": "review",
            "EVENT_VALUE": float("nan" if value is None else value),
        }


def main():
    what, folder = sys.argv[1:]
    names = {"items": ["ITEM_ID", "CATEGORY"], "interactions": ["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE"]}
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    writer = csv.DictWriter(out, dialect="unix", fieldnames=names[what])
    writer.writeheader()
    for row in (items if what == "items" else interactions)(folder):
        writer.writerow(row)
    out.flush()


main()
