"""Probabilities that two records are one, by splink on DuckDB: a model that is learnt from the data.

A `Linkage` is a DuckDB file: records come in piece by piece, what they might share is looked for by blocking,
and pairs are weighed slice by slice. Memory is what DuckDB is given, however many records there are. The file
and what `train` returned are enough to go on after a crash. Knows nothing of the product's own database.

Of columns that few records have nothing can be learnt. Two that are equal there are told all the same, as
probable as the column's `proof` says.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from guanxi.platform.records.duplicates.columns import Column

MEMORY = "768MB"
THREADS = 2
SLICE = 50_000  # records whose pairs are weighed at once
LEAST_VALUES = 30  # of a column from which something is learnt
LEAST_PAIRS = 30  # of equal values that teach something
MOST_PAIRS = 2_000_000
TRAINED_ON = 400_000  # pairs of one training
RANDOM_PAIRS = 400_000  # of records that are hardly ever one
SAME, NEAR, OTHER = "same", "near", "other"


class Pair(NamedTuple):
    """Two records and how probable it is that they are one; evidence is {column: same, near or other}."""

    low: int
    high: int
    probability: float
    evidence: dict[str, str]


class Linkage:
    """Records of one object, in a file of their own."""

    def __init__(self, path: Path, columns: Sequence[Column], *, memory: str = MEMORY) -> None:
        import duckdb  # a worker loads it when it sweeps, and a web process never

        self.path, self.columns = path, list(columns)
        self.learnt: list[Column] = []  # those from which `train` learns; `prepare` finds them
        spill = path.with_suffix(".spill")
        config = {"memory_limit": memory, "threads": THREADS, "temp_directory": str(spill)}
        self.db = duckdb.connect(str(path), config=config)  # type: ignore[arg-type]
        self.db.execute("SET preserve_insertion_order = false")
        kinds = {"set": "VARCHAR[]"}
        named = ", ".join(f'"{one.name}" {kinds.get(one.how, "VARCHAR")}' for one in self.columns)
        self.db.execute(f"CREATE TABLE IF NOT EXISTS given (id BIGINT, sounds VARCHAR[], {named})")
        self.looked_at = 0  # pairs of the slice that was weighed last
        self._linker: Any = None
        self._api: Any = None

    def close(self) -> None:
        self.db.close()

    # Records

    def add(self, rows: Sequence[tuple[int, list[str], list[Any]]]) -> None:
        """Records as (id, how the title sounds, values in the order of the columns); each once."""
        if not rows:
            return
        import pyarrow as pa

        listed = pa.list_(pa.string())
        arrays = {
            "id": pa.array([row[0] for row in rows], pa.int64()),
            "sounds": pa.array([row[1] for row in rows], listed),
        }
        for at, one in enumerate(self.columns):
            kind = listed if one.how == "set" else pa.string()
            arrays[one.name] = pa.array([row[2][at] for row in rows], kind)
        piece = pa.table(arrays)
        self.db.register("piece", piece)
        self.db.execute("INSERT INTO given SELECT * FROM piece")
        self.db.unregister("piece")

    def forget_after(self, record_id: int) -> None:
        """Drop what was added behind this id: a reader that died begins again there."""
        self.db.execute("DELETE FROM given WHERE id > ?", [record_id])

    @property
    def count(self) -> int:
        return int(self._value("SELECT count(*) FROM given"))

    @property
    def slices(self) -> int:
        return max(1, -(-self.count // SLICE))

    # Blocking

    def prepare(self) -> None:
        """What is compared and what pairs are looked for by, made from the records; drops empty columns."""
        self.columns = [one for one in self.columns if self._filled(one)[0] > 1]
        self.learnt = [one for one in self.columns if self._is_telling(one)]
        parts = ["id AS unique_id", "sounds"]
        for one in self.columns:
            parts += [f"{sql} AS {name}" for name, sql in _derived(one)]
        self.db.execute(f"CREATE OR REPLACE TABLE records AS SELECT {', '.join(parts)} FROM given")
        # Where hardly any two are equal, what is near would be weighed by guesses: colleagues come to be one.
        if not any(one.proof and self._equal_pairs(one)[0] >= LEAST_PAIRS for one in self.learnt):
            self.learnt = []
        keys = [
            f"SELECT '{kind}' AS kind, {sql} AS key, unique_id AS id FROM records"
            for kind, sql in self._keys()
        ]
        self.db.execute(
            "CREATE OR REPLACE TABLE keys AS SELECT DISTINCT kind, key, id FROM ("
            + " UNION ALL ".join(keys)
            + ") WHERE key IS NOT NULL AND length(key) > 1"
        )
        # A key that very many have tells nobody apart, and would make pairs without end.
        few = min(80, max(10, 20_000_000 // max(1, self.count)))
        self.db.execute(
            "CREATE OR REPLACE TABLE shared AS SELECT k.kind, k.key, k.id FROM keys k JOIN"
            f" (SELECT kind, key FROM keys GROUP BY ALL HAVING count(*) BETWEEN 2 AND {few}) s"
            " USING (kind, key)"
        )
        self.db.execute("DROP TABLE keys")
        self._linker = None

    def _is_telling(self, one: Column) -> bool:
        filled, different = self._filled(one)
        return filled >= max(LEAST_VALUES, self.count // 200) and different > 1

    def _filled(self, one: Column) -> tuple[int, int]:
        """How many records have a value there, and about how many different ones there are."""
        row = self.db.execute(
            f'SELECT count("{one.name}"), approx_count_distinct("{one.name}") FROM given'
        ).fetchone()
        return row or (0, 0)

    def _keys(self) -> Iterator[tuple[str, str]]:
        """Kind and SQL of the keys by which pairs are looked for."""
        yield "sound", "unnest(sounds)"
        for one in self.columns:
            name = f'"{one.name}"'
            if one.how == "name":
                yield one.name, f'"{one.name}_sorted"'
                yield f"{one.name}_word", f"unnest(string_split({name}, ' '))"
                yield (
                    f"{one.name}_start",
                    f"unnest([w[:4] FOR w IN string_split({name}, ' ') IF length(w) > 4])",
                )
                yield f"{one.name}_two", _bigrams(name)
            elif one.how == "text":
                yield one.name, f'"{one.name}_sorted"'
                yield f"{one.name}_word", f"unnest([w FOR w IN string_split({name}, ' ') IF length(w) > 2])"
                split = f"string_split({name}, ' ')"
                yield (
                    f"{one.name}_pair",
                    f"unnest([{split}[i] || ' ' || {split}[i + 1] FOR i IN range(1, len({split}))])",
                )
                yield f"{one.name}_two", _bigrams(name)
            elif one.how == "set":
                yield one.name, f"unnest({name})"
                yield (
                    f"{one.name}_local",
                    f"unnest([split_part(v, '@', 1) FOR v IN {name} IF contains(v, '@')])",
                )
                yield f"{one.name}_tail", f"unnest([v[-7:] FOR v IN {name} IF NOT contains(v, '@')])"
            elif one.how in ("code", "date"):
                yield one.name, name

    def pairs_of(self, slice: int) -> int:
        """Write the candidate pairs of one slice into the table `pairs`; how many there are."""
        self.db.execute(
            "CREATE OR REPLACE TABLE pairs AS"
            " SELECT DISTINCT a.id AS join_key_l, b.id AS join_key_r, '0' AS match_key"
            " FROM shared a JOIN shared b ON a.kind = b.kind AND a.key = b.key AND a.id < b.id"
            f" WHERE hash(a.id) % {self.slices} = {int(slice)}"
        )
        return int(self._value("SELECT count(*) FROM pairs"))

    # Learning and weighing

    def train(self) -> dict[str, Any]:
        """Learn how telling each column is; returns the model as JSON knows it."""
        from splink import block_on

        linker = self._link(self._settings())
        training = linker.training
        with suppress(Exception):
            training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS)
        for name in self._teachers():
            with suppress(Exception):  # a rule by which nothing is learnt teaches nothing
                training.estimate_parameters_using_expectation_maximisation(
                    block_on(name), fix_u_probabilities=True, max_pairs=TRAINED_ON
                )
        model: dict[str, Any] = linker.misc.save_model_to_json()
        return self._calibrated(model)

    def weigh(self, model: dict[str, Any], slice: int, *, least: float) -> Iterator[Pair]:
        """The pairs of one slice that are at least so probable; an empty model has learnt nothing."""
        self.looked_at = self.pairs_of(slice) if self.columns else 0
        if not self.looked_at:
            return
        told: set[tuple[int, int]] = set()
        if model:
            table = self._predict(model)
            rows = (
                "SELECT unique_id_l AS low, unique_id_r AS high, match_probability AS probability"
                f" FROM {table}"
            )
            for pair in self._said_of(rows, "probability >= ?", [least]):
                told.add((pair.low, pair.high))
                yield pair
            self.db.execute(f"DROP TABLE IF EXISTS {table}")
        yield from (one for one in self._equal_unlearnt(least) if (one.low, one.high) not in told)

    def _equal_unlearnt(self, least: float) -> Iterator[Pair]:
        """Pairs that are equal in columns that taught nothing."""
        untold = [one for one in self.columns if one.proof and one not in self.learnt]
        if not untold:
            return
        rows = "SELECT join_key_l AS low, join_key_r AS high, 0 AS probability FROM pairs"
        for pair in self._said_of(rows, " OR ".join(map(_is_equal, untold))):
            probability = _by_proof(untold, pair.evidence)
            if probability >= least:
                yield pair._replace(probability=probability)

    def _said_of(self, rows: str, where: str, params: Sequence[Any] = ()) -> Iterator[Pair]:
        """Pairs (low, high, probability) with how they agree in each column."""
        names = [one.name for one in self.columns]
        both = ", ".join(f'{side}."{name}" AS "{name}_{side}"' for name in self._compared() for side in "lr")
        said = ", ".join(_said(one) for one in self.columns)
        found = self.db.execute(
            f"SELECT low, high, probability, {said} FROM (SELECT t.*, {both} FROM ({rows}) t"
            " JOIN records l ON l.unique_id = t.low JOIN records r ON r.unique_id = t.high)"
            f" WHERE {where}",
            params,
        )
        while some := found.fetchmany(5_000):
            for low, high, probability, *words in some:
                evidence = {name: word for name, word in zip(names, words, strict=True) if word}
                yield Pair(min(low, high), max(low, high), float(probability), evidence)

    def _compared(self) -> list[str]:
        """All columns by which records are compared."""
        return ["sounds", *(name.strip('"') for one in self.columns for name, _sql in _derived(one))]

    def _predict(self, model: dict[str, Any]) -> str:
        if self._linker is None:
            self._link(model)
        linker = self._linker
        linker.table_management.register_blocked_pairs_for_predict(self._api.register("pairs"))
        return str(linker.inference.predict(warning_mode="never").physical_name)

    def _link(self, settings: Any) -> Any:
        from splink import DuckDBAPI, Linker

        for name in ("splink", "splink.internals"):  # it tells of every iteration
            logging.getLogger(name).setLevel(logging.ERROR)
        self._api = DuckDBAPI(self.db)
        self._linker = Linker(self._api.register("records"), settings)
        return self._linker

    def _settings(self) -> Any:
        import splink.comparison_level_library as levels
        import splink.comparison_library as comparisons
        from splink import SettingsCreator, block_on

        made: list[Any] = [
            comparisons.CustomComparison(
                output_column_name=one.name,
                comparison_levels=[
                    levels.NullLevel(one.name),
                    *(
                        levels.ExactMatchLevel(one.name, term_frequency_adjustments=one.how != "date")
                        if sql == "="
                        else levels.CustomLevel(sql.replace("$", one.name), label_for_charts=said)
                        for said, sql in _LEVELS[one.how]
                    ),
                    levels.ElseLevel(),
                ],
            )
            for one in self.learnt
        ]
        return SettingsCreator(
            link_type="dedupe_only",
            comparisons=made,
            blocking_rules_to_generate_predictions=[block_on("unique_id")],
            probability_two_random_records_match=max(1e-9, min(1e-3, 1 / max(2, self.count))),
            retain_matching_columns=False,
            max_iterations=20,
        )

    def _teachers(self) -> list[str]:
        """Columns by whose equality pairs are found that teach the others: few, and mostly true ones."""
        found = [self._equal_pairs(one) for one in self.learnt if one.how != "same"]
        return [name for pairs, name in sorted(found) if LEAST_PAIRS <= pairs <= MOST_PAIRS][:3]

    def _equal_pairs(self, one: Column) -> tuple[int, str]:
        """How many pairs are equal in a column, and the name of what it is compared by."""
        name = {
            "name": f"{one.name}_sorted",
            "text": f"{one.name}_sorted",
            "set": f"{one.name}_first",
        }.get(one.how, one.name)
        pairs = self._value(
            "SELECT COALESCE(sum(c * (c - 1) / 2), 0) FROM (SELECT count(*) AS c FROM records"
            f' WHERE "{name}" IS NOT NULL GROUP BY "{name}")'
        )
        return int(pairs), name

    def _calibrated(self, model: dict[str, Any]) -> dict[str, Any]:
        """The share of matches among all pairs, such that as many are expected as are found.

        Learnt on the pairs of one slice; pairs that blocking does not bring together count as different.
        """
        self._linker = None
        if not self.pairs_of(0):
            return model
        table = self._predict(model)
        old = float(model["probability_two_random_records_match"])
        every = self.count * (self.count - 1) / 2
        odds = old / (1 - old)
        weight = f"(pow(2, least(match_weight, 200)) / {odds!r})"
        share = old
        for _round in range(25):
            expected = float(
                self._value(f"SELECT COALESCE(sum(b * o / (1 + b * o)), 0) FROM (SELECT {weight} AS b,"
                            f" {share / (1 - share)!r} AS o FROM {table})")
            ) * self.slices  # fmt: skip
            newer = min(0.05, max(1e-12, expected / every))
            if abs(newer - share) < share * 0.001:
                break
            share = newer
        self.db.execute(f"DROP TABLE IF EXISTS {table}")
        self._linker = None
        return model | {"probability_two_random_records_match": share}

    def _value(self, sql: str) -> Any:
        row = self.db.execute(sql).fetchone()
        return row[0] if row else None


def _by_proof(columns: Sequence[Column], evidence: Mapping[str, str]) -> float:
    """How probable it is that two are one: each proof leaves so much less doubt, another name more of it."""
    doubt = 1.0
    for one in columns:
        agrees = {SAME: 1.0, NEAR: 0.5 if one.name == "title" else 0.0}.get(evidence.get(one.name, ""), 0.0)
        doubt *= 1 - one.proof * agrees
    return (1 - doubt) * (0.6 if evidence.get("title") == OTHER else 1.0)


def _is_equal(one: Column) -> str:
    """SQL of what makes two values of a column the same one: of a name also its words in another order, and
    how it sounds in the other script."""
    strong = [sql for said, sql in _LEVELS[one.how] if said in _EQUAL]
    name = f'"{one.name}'
    return " OR ".join(
        f'{name}_l" = {name}_r"' if sql == "=" else f"({sql.replace('$', one.name)})" for sql in strong
    )


def _said(one: Column) -> str:
    """SQL that says in what way two values agree; NULL where one of them is missing."""
    equal, *near = [sql.replace("$", one.name) for _said, sql in _LEVELS[one.how]]
    name = f'"{one.name}'
    equal = f'{name}_l" = {name}_r"' if equal == "=" else equal
    nearly = " OR ".join(f"({sql})" for sql in near) or "false"
    return (
        f"CASE WHEN {name}_l\" IS NULL OR {name}_r\" IS NULL THEN NULL WHEN {equal} THEN '{SAME}'"
        f" WHEN {nearly} THEN '{NEAR}' ELSE '{OTHER}' END"
    )


_WORDS = "list_sort(string_split({0}, ' '))"


def _derived(one: Column) -> Iterator[tuple[str, str]]:
    """Names and SQL of the columns that a column is compared by."""
    name = f'"{one.name}"'
    yield name, name
    if one.how in ("name", "text"):
        yield f'"{one.name}_sorted"', f"array_to_string({_WORDS.format(name)}, '')"
    if one.how == "name":
        yield f'"{one.name}_head"', f"string_split({name}, ' ')[1]"
        yield f'"{one.name}_tail"', f"CASE WHEN contains({name}, ' ') THEN string_split({name}, ' ')[-1] END"
    if one.how == "set":
        yield f'"{one.name}_first"', f"{name}[1]"


def _bigrams(name: str) -> str:
    """Neighbours in a name without spaces, as Chinese ones are."""
    han = f"regexp_matches({name}, '[\u4e00-\u9fff]')"
    return f"unnest(CASE WHEN {han} THEN [{name}[i:i + 1] FOR i IN range(1, length({name}))] ELSE [] END)"


_EQUAL = {"equal", "one in common", "same words or sound"}
# From the strongest to the weakest: what a level says, and its SQL with the column's name for $. "=" is
# equal, with the weight of how rare the value is.
_LEVELS: dict[str, list[tuple[str, str]]] = {
    "name": [
        ("equal", "="),
        ("same words or sound", '"$_sorted_l" = "$_sorted_r" OR list_has_any("sounds_l", "sounds_r")'),
        ("a slip", 'jaro_winkler_similarity("$_l", "$_r") >= 0.95'),
        ("slips", 'jaro_winkler_similarity("$_l", "$_r") >= 0.88'),
        ("one name and a slip",
         '"$_tail_l" = "$_tail_r" AND jaro_winkler_similarity("$_head_l", "$_head_r") > 0.7'),
        ("one name", '"$_tail_l" = "$_tail_r" OR "$_head_l" = "$_head_r" OR "$_head_l" = "$_tail_r"'
         ' OR "$_tail_l" = "$_head_r"'),
        ("like", 'jaro_winkler_similarity("$_l", "$_r") >= 0.75'),
    ],
    "text": [
        ("equal", "="),
        ("a slip", 'jaro_winkler_similarity("$_l", "$_r") >= 0.92 OR "$_sorted_l" = "$_sorted_r"'),
        ("like words", 'jaccard("$_l", "$_r") > 0.75 OR levenshtein("$_sorted_l", "$_sorted_r") <= 2 OR '
         "(len(list_intersect(string_split(\"$_l\", ' '), string_split(\"$_r\", ' '))) >= 0.6 * "
         "greatest(len(string_split(\"$_l\", ' ')), len(string_split(\"$_r\", ' '))))"),
        ("like", 'jaro_winkler_similarity("$_l", "$_r") >= 0.8'),
    ],
    "code": [
        ("equal", "="),
        ("a sign", 'damerau_levenshtein("$_l", "$_r") <= 1'),
        ("two signs", 'damerau_levenshtein("$_l", "$_r") <= 2'),
    ],
    "date": [
        ("equal", "="),
        ("a digit", 'damerau_levenshtein("$_l", "$_r") <= 1'),
        ("two digits", 'damerau_levenshtein("$_l", "$_r") <= 2'),
    ],
    "set": [
        ("one in common", 'list_has_any("$_l", "$_r")'),
        ("the same name elsewhere", "contains(\"$_first_l\", '@') AND "
         "split_part(\"$_first_l\", '@', 1) = split_part(\"$_first_r\", '@', 1)"),
        ("a slip", 'jaro_winkler_similarity("$_first_l", "$_first_r") >= 0.92'),
        ("slips", 'jaro_winkler_similarity("$_first_l", "$_first_r") >= 0.85'),
    ],
    "same": [("equal", "=")],
}  # fmt: skip
