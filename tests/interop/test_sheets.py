"""Decision tables in spreadsheets: what the library writes is read by openpyxl and Python's csv, and what openpyxl and
libxlsxwriter write, or a person by means of them, is read by the library."""
import csv
import ctypes
import datetime
import io
import json
import os
import pathlib
import random
import re
import subprocess

import openpyxl

PACKS = pathlib.Path(__file__).resolve().parents[2] / "plugins/rules/packs"
LOAN = PACKS / "loan-decision/loan.dmn"
XLSXWRITER = "libxlsxwriter.so.4"


def run(*arguments, data=b""):
    done = subprocess.run([os.environ["MORTISE_TABLE_SHEETS"], *map(str, arguments)], input=data, capture_output=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def write(form, cells):
    return run("write", form, data=json.dumps(cells).encode())


def read(form, data):
    return json.loads(run("read", form, data=data))


def saved(workbook):
    data = io.BytesIO()
    workbook.save(data)
    return data.getvalue()


def rows_of(data):
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()], sheet


def random_cells(seed, pieces):
    source = random.Random(seed)
    return [["".join(source.choices(pieces, k=source.randrange(1, 5))) for _ in range(6)] for _ in range(200)]


PIECES = ["=1+1", "-", "+", "@SUM(A1)", "'", '"', ",", ";", "\t", "\n", " ", "<&>", "]]>", "&lt;", "é", "বাংলা", "😀",
          "TRUE", "1e5", "0.10", "2026-01-01", "[1..5]", "cmd|' /C calc'!A0"]


def test_openpyxl_reads_what_is_written():
    cells = random_cells(1, PIECES)
    rows, sheet = rows_of(write("xlsx", cells))
    assert rows == cells
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}, "nothing is a formula or a number"


def test_openpyxl_saves_again_what_it_read():
    cells = random_cells(2, PIECES)
    workbook = openpyxl.load_workbook(io.BytesIO(write("xlsx", cells)))
    for row in workbook.active.iter_rows():  # it would make formulas of texts that begin with `=`
        for cell in row:
            cell.data_type = "s"
    assert read("xlsx", saved(workbook)) == {"cells": cells}


def test_python_reads_the_csv_that_is_written():
    cells = random_cells(3, PIECES)
    text = write("csv", cells).decode("utf-8-sig")
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    for row in found:
        for cell in row:
            assert re.fullmatch(r"-[0-9.]*", cell) or cell[0] not in "=+-@\t\r\n", cell
    assert read("csv", text.encode()) == {"cells": cells}


def test_csv_that_python_writes():
    cells = random_cells(4, [*PIECES, "\r\n"])
    cells = [[cell.lstrip("'") or "x" for cell in row] for row in cells]
    for dialect in ({}, {"delimiter": ";"}, {"delimiter": "\t", "lineterminator": "\n"}, {"quoting": csv.QUOTE_ALL}):
        text = io.StringIO(newline="")
        csv.writer(text, **dialect).writerows([["Rule"] * 6, *cells])
        expected = [[{"TRUE": "true"}.get(cell, cell) for cell in row] for row in cells]
        assert read("csv", text.getvalue().encode()) == {"cells": [["Rule"] * 6, *expected]}, dialect


def test_values_that_openpyxl_writes():
    values = [
        ("text", "text"), (" a\nb ", " a\nb "), ("<&>", "<&>"), (5, "5"), (-0.5, "-0.5"),
        (1 / 3, "0.3333333333333333"), (10**20, "100000000000000000000"), (True, "true"), (False, "false"),
        (datetime.date(2026, 11, 27), 'date("2026-11-27")'),
        (datetime.date(1900, 2, 28), 'date("1900-02-28")'),
        (datetime.datetime(2026, 11, 27, 8, 30, 15), 'date and time("2026-11-27T08:30:15")'),
        (datetime.time(8, 30), 'time("08:30:00")'), (datetime.time(0, 0), 'time("00:00:00")'),
        (datetime.timedelta(days=1, hours=12), 'duration("P1DT12H")'),
    ]
    for iso_dates in (False, True):
        workbook = openpyxl.Workbook()
        workbook.iso_dates = iso_dates
        # As ISO texts, openpyxl 3.0 has a form of its own for times and durations.
        kept = [pair for pair in values if not iso_dates or not isinstance(pair[0], (datetime.time, datetime.timedelta))]
        workbook.active.append([value for value, _ in kept])
        workbook.create_sheet("Another").append(["not read"])
        assert read("xlsx", saved(workbook)) == {"cells": [[expected for _, expected in kept]]}, iso_dates


def test_what_openpyxl_writes_without_a_value():
    workbook = openpyxl.Workbook()
    workbook.active["C2"] = "=1+1"
    workbook.active["D4"] = "#N/A"
    assert read("xlsx", saved(workbook)) == {"faults": ["C2 no_value", "D4 cell_error"]}


def test_days_from_1904():
    workbook = openpyxl.Workbook()
    workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    workbook.active.append([datetime.date(2026, 11, 27)])
    assert read("xlsx", saved(workbook)) == {"cells": [['date("2026-11-27")']]}


def test_what_libxlsxwriter_writes(tmp_path):
    library = ctypes.CDLL(XLSXWRITER)
    for name in ("workbook_new", "workbook_add_worksheet", "workbook_add_format"):
        getattr(library, name).restype = ctypes.c_void_p
    path = str(tmp_path / "book.xlsx").encode()
    book = ctypes.c_void_p(library.workbook_new(path))
    sheet = ctypes.c_void_p(library.workbook_add_worksheet(book, None))
    day = ctypes.c_void_p(library.workbook_add_format(book))
    library.format_set_num_format(day, b"dd.mm.yyyy")

    def put(kind, row, column, *values):
        function = getattr(library, "worksheet_write_" + kind)
        assert function(sheet, ctypes.c_uint32(row), ctypes.c_uint16(column), *values) == 0

    texts = [text for row in random_cells(5, PIECES) for text in row]
    for row, text in enumerate(texts):
        put("string", row, 0, text.encode(), None)
    put("number", 0, 1, ctypes.c_double(0.1), None)
    put("number", 0, 2, ctypes.c_double(46353), day)
    put("boolean", 0, 3, ctypes.c_int(1), None)
    put("formula_num", 0, 4, b"=1+1", None, ctypes.c_double(2))
    put("formula_str", 0, 5, b'="a"&"b"', None, b"ab")
    put("blank", 0, 6, None, day)
    assert library.workbook_close(book) == 0
    cells = read("xlsx", pathlib.Path(path.decode()).read_bytes())["cells"]
    assert cells[0][1:] == ["0.1", 'date("2026-11-27")', "true", "2", "ab"]
    assert [row[0] for row in cells] == texts


def test_a_person_edits_a_table():
    exported = run("export", "xlsx", LOAN, "risk")
    assert exported == run("export", "xlsx", LOAN, "risk"), "the same table gives the same bytes"
    workbook = openpyxl.load_workbook(io.BytesIO(exported))
    untouched = run("import", "xlsx", LOAN, "risk", data=saved(workbook)).decode()
    assert "".join(untouched.split()) == "".join(LOAN.read_text().split())

    sheet = workbook.active
    rules = [row for row in sheet.iter_rows() if row[0].value == "Rule"]
    outputs = [cell.column for row in sheet.iter_rows() for cell in row if cell.value == "output"]
    sheet.append([cell.value for cell in rules[0]])  # with the id of the one that it is a copy of
    sheet.cell(sheet.max_row, outputs[0]).value = '"copied"'
    edited = run("import", "xlsx", LOAN, "risk", data=saved(workbook)).decode()
    assert edited.count("<rule ") == untouched.count("<rule ") + 1
    assert "copied" in edited
    ids = [piece.split('"')[0] for piece in edited.split('<rule id="')[1:]]
    assert len(set(ids)) == len(ids)


def test_a_table_that_is_wrong_tells_its_cell():
    text = run("export", "csv", LOAN, "risk").decode()
    assert "Hit policy," in text
    wrong = text.replace("Hit policy,", "Hit policy,NO ", 1)
    assert json.loads(run("import", "csv", LOAN, "risk", data=wrong.encode())) == {"faults": ["B2 unknown_hit_policy"]}
