"""Rows of `hospital_lab`: patients, samples and laboratory results as a busy laboratory really types them."""

from datetime import date, datetime, timedelta
from random import Random

from text2sql_data.demo.content.kinds import Row, Tables, Value, full_name
from text2sql_data.draws import below, between, chance, day, pick, seeded, shuffled, skewed

N_PATIENTS, N_SAMPLES = 90, 260
SPECIMENS = {"blood": ("GLU", "NA", "K", "CRP", "HGB", "TSH", "LEU"), "urine": ("PH", "CULT"), "swab": ("CULT",)}
CENTRE_AND_SPREAD = {
    "GLU": (5.4, 3.2, 1),
    "NA": (140.0, 8.0, 0),
    "K": (4.4, 1.6, 1),
    "CRP": (5.0, 9.0, 1),
    "HGB": (13.8, 4.0, 1),
    "TSH": (2.2, 2.1, 2),
    "LEU": (7.4, 4.6, 1),
    "PH": (6.2, 1.5, 1),
}
REFERENCE = {  # as in the schema file
    "GLU": (3.9, 5.6),
    "NA": (135, 145),
    "K": (3.5, 5.1),
    "CRP": (0, 5),
    "HGB": (12, 16),
    "TSH": (0.4, 4.0),
    "LEU": (4, 10),
    "PH": (4.5, 8),
}
CRP_DETECTION_LIMIT = 2
PEDIATRICS = 4
CHILDREN_BORN, ADULTS_BORN = (2010, 2022), (1932, 2005)
CULTURES = ("no growth", "no growth", "E. coli", "Enterococcus", "mixed flora")


def rows() -> Tables:
    """Rows of all tables that the schema file does not fill; `calibration` stays empty, vitamin D was never ordered."""
    rng = seeded("hospital_lab")
    samples = _samples(rng)
    return {"patient": _patients(rng), "sample": samples, "result": _results(rng, samples)}


def _patients(rng: Random) -> list[Row]:
    patients: list[Row] = []
    for i in range(1, N_PATIENTS + 1):
        ward = skewed(rng, (2, 3, 1, 5, 4))
        years = CHILDREN_BORN if ward == PEDIATRICS else ADULTS_BORN
        born = day(rng, date(years[0], 1, 1), date(years[1], 12, 31))
        admitted = day(rng, date(2024, 1, 3), date(2024, 4, 30))
        left = admitted + timedelta(days=between(rng, 1, 21))
        patients.append(
            (
                i,
                "Ben Keller" if i in {8, 61} else full_name(rng),
                pick(rng, ("0+", "0+", "A+", "A+", "B+", "AB+", "0-", "A-", None)),
                born.isoformat() if i % 5 else f"{born:%d.%m.%Y}",  # the emergency desk types its own way
                None if i % 29 == 0 else ward,
                admitted.isoformat(),
                left.isoformat() if not chance(rng, 0.12) else None,
            )
        )
    return patients


def _samples(rng: Random) -> list[Row]:
    samples: list[Row] = []
    for i in range(1, N_SAMPLES + 1):
        # Patients from 81 on had nothing taken; patient 400 exists in another hospital's system only.
        patient = 400 if i in {55, 190} else 1 + below(rng, 80)
        taken = datetime(2024, 1, 4, 6) + timedelta(minutes=below(rng, 125 * 1440))  # noqa: DTZ001 - local wall time
        urgent = int(chance(rng, 0.3))
        label = bytes([0x4C, 0x42, i % 256, i // 256, below(rng, 256)]) if i % 3 else None
        specimen = skewed(rng, ("blood", "blood", "urine", "swab"))
        samples.append((i, patient, specimen, taken.strftime("%Y-%m-%d %H:%M"), urgent, label))
    return samples


def _results(rng: Random, samples: list[Row]) -> list[Row]:
    results: list[Row] = []
    for sample_id, _, specimen, taken, urgent, _ in samples:
        codes = SPECIMENS[str(specimen)]
        for code in shuffled(rng, codes)[: between(rng, 1, min(4, len(codes)))]:
            value, flag = _measure(rng, code)
            wait = between(rng, 20, 90) if urgent else between(rng, 90, 700)
            reported = datetime.fromisoformat(str(taken)) + timedelta(minutes=wait)
            pending = chance(rng, 0.04)
            results.append(
                (
                    len(results) + 1,
                    sample_id,
                    code,
                    None if pending else value,
                    None if pending else flag,
                    None if pending else reported.strftime("%Y-%m-%d %H:%M"),
                )
            )
    return results


def _measure(rng: Random, code: str) -> tuple[str, Value]:
    """A value as text and its flag: H above, L below the reference range, NULL within it."""
    if code == "CULT":
        return pick(rng, CULTURES), None
    if chance(rng, 0.02):
        return "hemolyzed", None
    centre, spread, digits = CENTRE_AND_SPREAD[code]
    number = centre + spread * (rng.random() + rng.random() - 1)
    low, high = REFERENCE[code]
    if code == "CRP" and number < CRP_DETECTION_LIMIT:
        return f"<{CRP_DETECTION_LIMIT}", None
    text = f"{number:.{digits}f}"
    shown = float(text)
    return text, "H" if shown > high else "L" if shown < low else None
