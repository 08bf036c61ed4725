"""Reads OpenMetrics text with the parser of Prometheus' own Python library, which refuses what is
not to the letter of the format, and prints every sample as a JSON list."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1]) as text:
    for family in text_string_to_metric_families(text.read()):
        if not family.documentation:
            sys.exit(f"{family.name} says nothing of itself")
        for sample in family.samples:
            print(json.dumps([family.type, sample.name, sample.labels, sample.value]))
