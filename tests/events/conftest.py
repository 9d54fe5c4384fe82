"""A small sound GED file, and ways to write it."""

import csv
import io

import pytest

HEADER, ROW = csv.reader(
    [
        "id,type_of_violence,side_a,side_b,dyad_name,where_coordinates,adm_1,latitude,"
        "longitude,where_prec,date_prec,date_start,date_end,deaths_a,deaths_b,"
        "deaths_civilians,deaths_unknown,low,best,high",
        "1,1,Government of Syria,Rebels,Government of Syria - Rebels,Idlib city,"
        "Idlib,35.93,36.63,1,1,2019-05-01,2019-05-01,2,3,4,0,8,9,12",
    ]
)


class Events:
    """Rows of a sound file that a test changes before it writes them."""

    def __init__(self, n_rows=5):
        self.header = list(HEADER)
        self.rows = [[str(n + 1), *ROW[1:]] for n in range(n_rows)]

    def set(self, row, column, value):
        """Change a cell; ``row`` counts the header as 1."""
        self.rows[row - 2][self.header.index(column)] = value
        return self

    def text(self, **options):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n", **options)
        writer.writerows([self.header, *self.rows])
        return out.getvalue()

    def file(self):
        return io.StringIO(self.text())


@pytest.fixture
def events():
    return Events()
