"""Sets of the PhysioNet/CinC Challenge 2012: an excerpt of a real one, and others as a test wants them."""

import io
import tarfile
from pathlib import Path

EXCERPT = Path(__file__).parents[1] / "vectors" / "cinc2012"
HEAD = "Time,Parameter,Value\n"


def a_set(folder, letter="b", files=None, outcomes=None, suffix="tar.xz"):
    files = {"200001": "00:00,Age,70\n00:30,HR,80\n"} if files is None else files
    with tarfile.open(folder / f"set-{letter}.{suffix}", "w:xz" if suffix.endswith("xz") else "w") as archive:
        for record, lines in files.items():
            content = (HEAD + lines).encode()
            member = tarfile.TarInfo(f"set-{letter}/{record}.txt")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    rows = "".join(
        f"{record},6,1,5,-1,{end}\n" for record, end in (outcomes or dict.fromkeys(files, 0)).items()
    )
    head = "RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death\n"
    (folder / f"Outcomes-{letter}.txt").write_text(head + rows)
    return folder
