"""Rows as openstackclient and nova-manage print them."""
import json


def pretty(columns, rows, is_centered):
    """PrettyTable's picture of the rows: nova-manage centers, openstack aligns left."""
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    widths = [max(len(line[index]) for line in [list(columns), *cells]) for index in range(len(columns))]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"

    def draw(line):
        placed = [text.center(width) if is_centered else text.ljust(width) for text, width in zip(line, widths)]
        return "| " + " | ".join(placed) + " |"

    return "\n".join([rule, draw(columns), rule, *map(draw, cells), rule])


def render(columns, rows, output_format):
    """One of openstackclient's -f formats: json, value or table."""
    if output_format == "json":
        return json.dumps([dict(zip(columns, row)) for row in rows], indent=2)
    if output_format == "value":
        return "\n".join(" ".join("" if value is None else str(value) for value in row) for row in rows)
    return pretty(columns, rows, False)
