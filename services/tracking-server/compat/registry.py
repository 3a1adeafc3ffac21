"""Registered models, versions, aliases and logged models through MLflow's own client."""

import uuid

import mlflow
import pandas
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

client = MlflowClient()


def fresh(word):
    return f"{word} {uuid.uuid4().hex[:8]}"


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: pandas.DataFrame, params=None):
        return model_input * 2


def case_a_model_is_registered_and_gets_an_alias():
    name = fresh("model")
    mlflow.set_experiment(fresh("register"))
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "model/weights.txt")
    client.create_registered_model(name, tags={"team": "red"}, description="first")
    version = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id, tags={"k": "v"})
    assert version.version in ("1", 1) and version.status == "READY"
    client.set_registered_model_alias(name, "champion", version.version)
    by_alias = client.get_model_version_by_alias(name, "champion")
    assert by_alias.run_id == run.info.run_id and by_alias.aliases == ["champion"] and by_alias.tags == {"k": "v"}
    model = client.get_registered_model(name)
    assert model.aliases == {"champion": "1"} or model.aliases == {"champion": 1}, model.aliases
    assert model.tags == {"team": "red"} and model.description == "first"
    path = mlflow.artifacts.download_artifacts(f"models:/{name}@champion")
    with open(f"{path}/weights.txt") as file:
        assert file.read() == "weights"
    client.delete_registered_model_alias(name, "champion")
    client.update_model_version(name, 1, "described")
    assert client.get_model_version(name, 1).description == "described"
    client.delete_model_version(name, 1)
    client.delete_registered_model(name)
    try:
        client.get_registered_model(name)
        raise AssertionError("still there")
    except MlflowException as error:
        assert error.error_code == "RESOURCE_DOES_NOT_EXIST", error


def case_models_and_versions_are_searched():
    names = sorted(fresh("searched") for _ in range(3))
    for name in names:
        client.create_registered_model(name)
        client.create_model_version(name, "s3://bucket/path")
    found = client.search_registered_models(filter_string="name LIKE 'searched %'", order_by=["name ASC"])
    assert [model.name for model in found if model.name in names] == names
    versions = client.search_model_versions(f"name = '{names[0]}'")
    assert [(v.name, v.source) for v in versions] == [(names[0], "s3://bucket/path")]


def case_stages_move_as_they_did_before_aliases():
    name = fresh("staged")
    client.create_registered_model(name)
    for _ in range(2):
        client.create_model_version(name, "s3://bucket/path")
    client.transition_model_version_stage(name, 1, "Production")
    client.transition_model_version_stage(name, 2, "Production", archive_existing_versions=True)
    assert client.get_model_version(name, 1).current_stage == "Archived"
    assert [int(v.version) for v in client.get_latest_versions(name, ["Production"])] == [2]


def case_a_logged_model_is_registered_and_loaded_again():
    name = fresh("pyfunc")
    experiment = mlflow.set_experiment(fresh("log model"))
    frame = pandas.DataFrame({"x": [1.0, 2.0]})
    with mlflow.start_run() as run:
        mlflow.log_metric("acc", 0.9)
        info = mlflow.pyfunc.log_model(name="doubler", python_model=Doubler(), registered_model_name=name, input_example=frame)
    for uri in (info.model_uri, f"models:/{name}/1", f"runs:/{run.info.run_id}/doubler"):
        assert list(mlflow.pyfunc.load_model(uri).predict(frame)["x"]) == [2.0, 4.0], uri
    client.set_registered_model_alias(name, "best", 1)
    assert list(mlflow.pyfunc.load_model(f"models:/{name}@best").predict(frame)["x"]) == [2.0, 4.0]
    model = mlflow.get_logged_model(info.model_id)
    assert str(model.status).endswith("READY") and model.source_run_id == run.info.run_id
    outputs = client.get_run(run.info.run_id).outputs.model_outputs
    assert [o.model_id for o in outputs] == [info.model_id]
    found = mlflow.search_logged_models(
        experiment_ids=[experiment.experiment_id], filter_string="name = 'doubler'", output_format="list"
    )
    assert [m.model_id for m in found] == [info.model_id]


def case_metrics_of_a_logged_model_are_found_by_data_set():
    experiment = mlflow.set_experiment(fresh("model metrics"))
    data = mlflow.data.from_pandas(pandas.DataFrame({"x": [1]}), name="held out")
    with mlflow.start_run():
        model = mlflow.initialize_logged_model(name="candidate", params={"depth": "3"}, tags={"k": "v"})
        mlflow.log_metric("acc", 0.7, model_id=model.model_id, dataset=data)
        mlflow.log_metric("acc", 0.7, model_id=model.model_id, dataset=data)
        mlflow.finalize_logged_model(model.model_id, "READY")
    found = mlflow.search_logged_models(
        experiment_ids=[experiment.experiment_id],
        filter_string="metrics.acc > 0.5 AND params.depth = '3'",
        datasets=[{"dataset_name": "held out"}],
        order_by=[{"field_name": "metrics.acc", "ascending": False}],
        output_format="list",
    )
    assert [m.model_id for m in found] == [model.model_id]
    mlflow.set_logged_model_tags(model.model_id, {"k2": "v2"})
    mlflow.delete_logged_model_tag(model.model_id, "k")
    assert mlflow.get_logged_model(model.model_id).tags.get("k2") == "v2"


def case_prompts_are_registered_and_loaded():
    name = f"prompt-{uuid.uuid4().hex[:8]}"
    mlflow.genai.register_prompt(name=name, template="Hello {{who}}")
    assert mlflow.genai.load_prompt(f"prompts:/{name}/1").format(who="you") == "Hello you"
    assert name not in [model.name for model in client.search_registered_models()]
