"""Reads metrics from standard input with the strict parsers of prometheus_client, and writes them as JSON.

The argument is the format: `openmetrics` or `text`. Numbers are written as text, because JSON has no NaN.
"""

import json
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics


def sample(of):
    return {"name": of.name, "labels": of.labels, "value": str(of.value)}


def family(of):
    return {
        "name": of.name,
        "type": of.type,
        "unit": of.unit,
        "help": of.documentation,
        "samples": [sample(each) for each in of.samples],
    }


read = {"openmetrics": openmetrics, "text": parser}[sys.argv[1]].text_string_to_metric_families
try:
    families = [family(each) for each in read(sys.stdin.buffer.read().decode())]
except ValueError as error:
    sys.exit(f"refused: {error}"[:2000])
json.dump(families, sys.stdout)
