"""Experiments, runs and artifacts through MLflow's own client."""

import hashlib
import math
import os
import pathlib
import tempfile
import uuid

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

client = MlflowClient()


def fresh(word):
    return f"{word} {uuid.uuid4().hex[:8]}"


def case_an_experiment_is_made_found_tagged_renamed_deleted_and_restored():
    name = fresh("experiment")
    experiment_id = client.create_experiment(name, tags={"team": "red"})
    found = client.get_experiment_by_name(name)
    assert found.experiment_id == experiment_id and found.tags == {"team": "red"}
    client.set_experiment_tag(experiment_id, "team", "blue")
    client.rename_experiment(experiment_id, name + " renamed")
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    client.restore_experiment(experiment_id)
    searched = client.search_experiments(filter_string=f"name = '{name} renamed'")
    assert [e.experiment_id for e in searched] == [experiment_id]
    try:
        client.create_experiment(name + " renamed")
        raise AssertionError("a taken name was not refused")
    except MlflowException as error:
        assert error.error_code == "RESOURCE_ALREADY_EXISTS", error


def case_a_run_keeps_params_metrics_and_tags():
    mlflow.set_experiment(fresh("fluent"))
    with mlflow.start_run(run_name="first", tags={"kind": "demo"}) as run:
        mlflow.log_param("lr", 0.1)
        mlflow.log_params({f"p{i}": i for i in range(150)})
        for step in range(20):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"nan": math.nan, "up": math.inf, "down": -math.inf})
        mlflow.set_tag("note", "ünïcödé 🌳")
    kept = mlflow.get_run(run.info.run_id)
    assert kept.info.status == "FINISHED" and kept.info.run_name == "first"
    assert len(kept.data.params) == 151 and kept.data.params["lr"] == "0.1"
    assert abs(kept.data.metrics["loss"] - 0.05) < 1e-12
    assert math.isnan(kept.data.metrics["nan"])
    assert kept.data.metrics["up"] == math.inf and kept.data.metrics["down"] == -math.inf
    assert kept.data.tags["note"] == "ünïcödé 🌳" and kept.data.tags["kind"] == "demo"
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == list(range(20))


def case_a_changed_param_and_a_deleted_run_are_refused_at_once():
    experiment_id = client.create_experiment(fresh("refused"))
    run_id = client.create_run(experiment_id).info.run_id
    client.log_param(run_id, "p", 1)
    client.log_param(run_id, "p", 1)
    for attempt in (lambda: client.log_param(run_id, "p", 2), lambda: after_delete(run_id)):
        try:
            attempt()
            raise AssertionError("not refused")
        except MlflowException as error:
            assert error.error_code == "INVALID_PARAMETER_VALUE", error


def after_delete(run_id):
    client.delete_run(run_id)
    client.log_metric(run_id, "m", 1)


def case_an_artifact_of_100_mb_comes_back_as_it_was():
    mlflow.set_experiment(fresh("large"))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "large.bin")
        block = os.urandom(1024 * 1024)
        with path.open("wb") as file:
            for _ in range(100):
                file.write(block)
        with mlflow.start_run() as run:
            mlflow.log_artifact(path, "data")
        listed = client.list_artifacts(run.info.run_id, "data")
        assert [(f.path, f.file_size) for f in listed] == [("data/large.bin", 100 * 1024 * 1024)]
        back = client.download_artifacts(run.info.run_id, "data/large.bin", folder + "/.")
        assert digest(back) == digest(path)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.md5(file.read()).hexdigest()


def case_folders_texts_dicts_and_figures_are_logged_and_listed():
    mlflow.set_experiment(fresh("artifacts"))
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "sub").mkdir()
        pathlib.Path(folder, "sub", "a b.txt").write_text("one")
        pathlib.Path(folder, "empty.txt").touch()
        with mlflow.start_run() as run:
            mlflow.log_artifacts(folder, "all")
            mlflow.log_text("two", "notes/ä.txt")
            mlflow.log_dict({"three": 3}, "three.json")
    run_id = run.info.run_id
    assert sorted(f.path for f in client.list_artifacts(run_id)) == ["all", "notes", "three.json"]
    assert sorted(f.path for f in client.list_artifacts(run_id, "all")) == ["all/empty.txt", "all/sub"]
    assert mlflow.artifacts.load_text(run.info.artifact_uri + "/notes/ä.txt") == "two"
    assert mlflow.artifacts.load_dict(run.info.artifact_uri + "/three.json") == {"three": 3}
    with tempfile.TemporaryDirectory() as folder:
        back = mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=folder)
        assert pathlib.Path(back, "all", "sub", "a b.txt").read_text() == "one"


def case_tables_and_images_are_logged_step_by_step_and_read():
    import numpy

    mlflow.set_experiment(fresh("tables"))
    with mlflow.start_run() as run:
        for row in range(3):
            mlflow.log_table({"question": [f"q{row}"], "score": [row]}, artifact_file="answers.json")
        for step in range(2):
            mlflow.log_image(numpy.zeros((8, 8, 3), dtype=numpy.uint8), key="digit", step=step)
        mlflow.flush_artifact_async_logging()
    assert list(mlflow.load_table("answers.json", run_ids=[run.info.run_id])["score"]) == [0, 1, 2]
    images = [f.path for f in client.list_artifacts(run.info.run_id, "images") if f.path.endswith(".png")]
    assert len(images) == 2, images


def case_traces_that_the_server_lacks_do_not_break_what_is_traced():
    mlflow.set_experiment(fresh("traced"))

    @mlflow.trace
    def doubled(number):
        return 2 * number

    assert doubled(21) == 42
    mlflow.flush_trace_async_logging()


def case_runs_are_searched_by_metric_param_tag_and_attribute_in_pages():
    experiment_id = client.create_experiment(fresh("search"))
    for index in range(12):
        run = client.create_run(experiment_id, run_name=f"run {index}", start_time=1000 + index)
        client.log_metric(run.info.run_id, "acc", index / 10)
        client.log_param(run.info.run_id, "kind", "even" if index % 2 == 0 else "odd")
    words = "metrics.acc > 0.25 and params.kind = 'even' and attributes.run_name LIKE 'run %'"
    page = client.search_runs([experiment_id], words, order_by=["metrics.acc DESC"], max_results=2)
    names = [r.info.run_name for r in page]
    while page.token:
        page = client.search_runs([experiment_id], words, order_by=["metrics.acc DESC"], max_results=2, page_token=page.token)
        names += [r.info.run_name for r in page]
    assert names == ["run 10", "run 8", "run 6", "run 4"], names
    frame = mlflow.search_runs(experiment_ids=[experiment_id], order_by=["start_time ASC"])
    assert list(frame["metrics.acc"]) == [index / 10 for index in range(12)]
    assert list(frame["params.kind"][:2]) == ["even", "odd"]


def case_nested_runs_know_their_parent():
    experiment = mlflow.set_experiment(fresh("nested"))
    with mlflow.start_run() as parent:
        for _ in range(3):
            with mlflow.start_run(nested=True):
                mlflow.log_metric("m", 1)
    children = client.search_runs([experiment.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert len(children) == 3


def case_data_sets_are_kept_as_inputs():
    import pandas

    experiment = mlflow.set_experiment(fresh("inputs"))
    data = mlflow.data.from_pandas(pandas.DataFrame({"x": [1, 2, 3]}), name="numbers")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training")
        mlflow.log_input(data, context="training")
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert [(i.dataset.name, i.tags[0].value) for i in inputs] == [("numbers", "training")]
    found = client.search_runs([experiment.experiment_id], "datasets.name = 'numbers' and dataset.context = 'training'")
    assert len(found) == 1


def case_async_logging_loses_nothing():
    mlflow.set_experiment(fresh("async"))
    with mlflow.start_run() as run:
        for step in range(300):
            mlflow.log_metric("loss", step, step=step, synchronous=False)
            mlflow.log_metric("acc", step, step=step, synchronous=False)
        mlflow.flush_async_logging()
    for key in ("loss", "acc"):
        assert [p.step for p in client.get_metric_history(run.info.run_id, key)] == list(range(300))
