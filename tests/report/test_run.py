import json
import os
import sys

import numpy as np
import pytest

from conflictstats.errors import ReportError
from conflictstats.report import Analysis, Numbers, changed_outputs, run_analysis

EXPECTED = {"weeks.pdf", "numbers.json", "report.pdf", "manifest.json"}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_runs_write_the_same_bytes(finished, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "3")
    again = run_analysis(finished.folder, tmp_path / "again")
    assert set(again.files) == EXPECTED
    assert contents(finished.run.folder) == contents(again.folder)


def test_numbers_are_what_the_scripts_found(finished):
    numbers = Numbers.read(finished.run.folder / "numbers.json")
    assert numbers["dead"] == 42
    assert numbers["share"] == pytest.approx(1 / 3, rel=1e-9)
    assert numbers["first"] == "2019-04-29"
    assert numbers.table("weeks")["rows"][1] == ["إدلب", 30, 25]


def test_every_script_has_its_own_stream_of_the_seed(finished, study, retype):
    numbers = Numbers.read(finished.run.folder / "numbers.json")
    retype("seed = 7", "seed = 8")
    seeds = {
        numbers["noise"],
        numbers["noise_again"],
        Analysis.here(study / "10_weeks.py").rng().normal(),
        Analysis.here(study / "20_more.py").rng().normal(),
    }
    assert len(seeds) == 4
    here = Analysis.here(finished.folder / "20_more.py")
    assert here.rng().normal() == pytest.approx(numbers["noise_again"], rel=1e-9)


def test_manifest_hashes_what_is_there_and_notices_a_change(finished, out):
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert set(manifest["outputs"]) == EXPECTED - {"manifest.json"}
    assert set(manifest["inputs"]) == {
        "10_weeks.py",
        "20_more.py",
        "hand/report.toml",
    }
    assert [source["name"] for source in manifest["sources"]] == ["Two weeks"]
    assert manifest["seed"] == 7
    assert changed_outputs(out) == []
    (out / "weeks.pdf").write_bytes(b"%PDF")
    (out / "numbers.json").unlink()
    assert changed_outputs(out) == ["numbers.json", "weeks.pdf"]


def test_no_output_names_a_place_on_this_machine(finished):
    for name, content in contents(finished.run.folder).items():
        assert str(finished.folder.parent).encode() not in content, name
        assert sys.prefix.encode() not in content, name


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise ValueError('three weeks')", "three weeks"),
        ("import sys; sys.exit('no data')", "no data"),
        ("def (", "SyntaxError"),
    ],
)
def test_a_failing_script_is_shown_and_old_files_stay(study, out, script, said):
    before = contents(out)
    (study / "15_bad.py").write_text(script)
    with pytest.raises(ReportError, match=f"(?s)15_bad.py stopped.*{said}"):
        run_analysis(study, out)
    assert contents(out) == before


def test_a_number_that_nobody_wrote_leaves_old_files(study, out, retype):
    before = contents(out)
    retype("{dead} died", "{deed} died")
    with pytest.raises(ReportError, match=r"summary.*'deed'; did you mean dead\?"):
        run_analysis(study, out)
    assert contents(out) == before


def test_two_scripts_may_not_disagree_on_a_number(study, out):
    (study / "20_more.py").write_text(
        "import os\n"
        "from pathlib import Path\n"
        "folder = Path(os.environ['CONFLICTSTATS_OUTPUT']) / 'numbers'\n"
        'entry = \'{"values": {"dead": {"value": 43, "unit": "deaths"}}}\'\n'
        "(folder / '20.json').write_text(entry[:-1] + ', \"tables\": {}}')\n"
    )
    with pytest.raises(ReportError, match=r"'dead' is .*42.*43"):
        run_analysis(study, out)


def test_files_of_an_earlier_run_go_and_those_of_the_user_stay(study, out, retype):
    (out / "mine.txt").write_text("keep")
    script = study / "10_weeks.py"
    script.write_text(script.read_text().replace('"figures")', '"figures/new.pdf")'))
    retype('[[sections.figures]]\nname = "weeks"', '[[sections.figures]]\nname = "new"')
    retype("{figure:weeks}", "{figure:new}")
    run_analysis(study, out)
    expected = EXPECTED - {"weeks.pdf"} | {"new.pdf", "mine.txt"}
    assert {path.name for path in out.iterdir()} == expected


def test_a_manifest_with_paths_removes_nothing_outside(study, tmp_path):
    out = tmp_path / "new"
    out.mkdir()
    (tmp_path / "victim.txt").write_text("keep")
    listed = {"outputs": {"../victim.txt": "0", str(tmp_path / "victim.txt"): "0"}}
    (out / "manifest.json").write_text(json.dumps(listed))
    run_analysis(study, out)
    assert (tmp_path / "victim.txt").read_text() == "keep"


def test_warnings_progress_and_permissions(study, tmp_path):
    (study / "30_warn.py").write_text("import warnings; warnings.warn('flat')")
    steps = []
    run = run_analysis(
        study, tmp_path / "new", progress=lambda *step: steps.append(step)
    )
    assert list(run.messages) == ["30_warn.py"]
    assert "flat" in run.messages["30_warn.py"]
    assert steps == [("10_weeks.py", 0, 3), ("30_warn.py", 1, 3), ("report.pdf", 2, 3)]
    (tmp_path / "plain").touch()
    usual = (tmp_path / "plain").stat().st_mode
    assert {os.stat(path).st_mode for path in run.folder.iterdir()} == {usual}


def test_a_folder_that_is_no_analysis_is_refused(tmp_path, study):
    target = tmp_path / "new"
    with pytest.raises(ReportError, match="no folder"):
        run_analysis(tmp_path / "nowhere", target)
    with pytest.raises(ReportError, match="no scripts"):
        run_analysis(study / "hand", target)
    (study / "hand" / "report.toml").unlink()
    with pytest.raises(ReportError, match=r"cannot read report\.toml"):
        run_analysis(study, target)
    assert not target.exists()


def test_a_caption_must_name_a_script_that_ran(study, tmp_path, retype):
    retype('script = "10_weeks.py"\nwidth', 'script = "11_weeks.py"\nwidth')
    with pytest.raises(ReportError, match=r"11_weeks\.py"):
        run_analysis(study, tmp_path / "new")


def test_by_hand_a_script_writes_beside_itself(study, monkeypatch):
    monkeypatch.delenv("CONFLICTSTATS_OUTPUT", raising=False)
    here = Analysis.here(study / "10_weeks.py")
    numbers = Numbers()
    numbers.add("dead", np.int64(1))
    assert here.save_numbers(numbers) == study / "output" / "numbers" / "10_weeks.json"
    assert here.hand == study / "hand"
