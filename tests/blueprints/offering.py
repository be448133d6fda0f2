"""The OpenAPI document with what a fuzzer cannot guess: real ids, fields that fit together, words that are known."""

from copy import deepcopy

from digisence.accounts import intake
from tests.blueprints.conftest import EMAIL, PASSWORD
from tests.blueprints.fuzzing import NAMED, Document, Ids
from tests.blueprints.test_resource import BODIES, PATCHES

REFERENCES = {
    "adminId": "spare", "userId": "users", "businessId": "businesses", "professionalId": "professionals",
    "categoryId": "categories", "parentId": "categories", "assignedTo": "caller", "reviewedBy": "caller",
}  # fmt: skip
# Beside the refusals that it names, an operation with a body may say that the body is broken, too large or no JSON
OF_BODIES = ("400", "413", "415")
DEFAULT = {"$ref": "#/components/responses/DEFAULT_ERROR"}
SWITCHED = ("users", "businesses", "professionals")  # have isActive
SET = {"name": "Bee"}


def with_ids(document: Document, ids: Ids) -> Document:
    """The document as it stands, but offering real ids too, and no status that an operation does not name."""
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            operation = item[method]
            for parameters in (item.get("parameters", []), operation.get("parameters", [])):
                _offer_in_path(path, parameters, ids)
            del operation["responses"]["default"]
            common = OF_BODIES if "requestBody" in operation else ("400",)
            operation["responses"] |= {status: DEFAULT for status in common if status not in operation["responses"]}
    _offer_bodies(document, ids)
    return document


def _offer_bodies(document: Document, ids: Ids) -> None:
    shapes = document["components"]["schemas"]
    for name, shape in shapes.items():
        if name.endswith(("Create", "Patch", "Request", "Application", "Message")):
            _offer_in_body(shape.get("properties", {}), ids)
    _offer_resources(document, ids)
    shapes["Application"] = _application(shapes["Application"])
    shapes["Reversion"]["properties"]["version"] = {"enum": [1]}
    shapes["RunRestoration"]["oneOf"] = [{"required": ["runId"]}, {"required": ["bulkId"]}]
    shapes["RunRestoration"]["properties"]["bulkId"] = {"enum": ids["taken"]}
    shapes["Assignment"]["properties"]["reviewer"] = {"enum": [ids["caller"][0]]}
    for name in ("OwnPassword", "TotpProof", "Login"):
        shapes[name]["properties"]["password"] = {"enum": [PASSWORD]}
    for name in ("UserCreate", "UserPatch"):
        shapes[name]["properties"]["password"] = {
            "anyOf": [{"enum": [PASSWORD]}, shapes[name]["properties"]["password"]]
        }
    shapes["Login"]["properties"]["email"] = {"enum": [EMAIL]}
    shapes["JobRequest"]["properties"]["name"] = {"enum": ["forget-sessions", "compact-history"]}


def _offer_resources(document: Document, ids: Ids) -> None:
    shape = document["components"]["schemas"]["BulkRequest"]
    for resource in BODIES:
        content = document["paths"][f"/api/admin/{resource}/bulk"]["post"]["requestBody"]["content"]
        content["application/json"]["schema"] = _bulk(shape, resource, ids[resource])
        _file(document["paths"][f"/api/admin/{resource}/import"]["post"]["requestBody"]["content"])


def _offer_in_path(path: str, parameters: list[Document], ids: Ids) -> None:
    resource = path.removeprefix("/api/admin/").partition("/")[0]
    for parameter in parameters:
        name = parameter["name"]
        known = ids.get(f"{path} {name}") or ids.get(NAMED.get(name, resource))
        if parameter["in"] == "path" and known:
            parameter["schema"] = {"type": "string", "enum": known}
        elif parameter["name"] in ("from", "to") and parameter["schema"].get("type") == "integer":
            parameter["schema"] = {"enum": [1]}


def _bulk(shape: Document, resource: str, known: list[str]) -> Document:
    """The body of a bulk action on `known`, with values and filters that the resource has, in its three forms."""
    offered: Document = deepcopy(shape)["properties"]
    offered["ids"]["items"] = {"enum": known}
    offered["filter"]["properties"] = {"createdAt[gte]": {"enum": ["2020-01-01T00:00:00Z"]}}
    offered["values"]["properties"] = {name: {"enum": [value]} for name, value in PATCHES.get(resource, SET).items()}
    offered["versions"]["properties"] = {one: {"enum": [1]} for one in known}
    for name in ("filter", "values", "versions"):
        offered[name]["additionalProperties"] = False
    offered["values"]["minProperties"] = 1
    bare = ["activate", "deactivate", "delete"] if resource in SWITCHED else ["delete"]

    def form(actions: list[str], *needed: str, also: tuple[str, ...] = ()) -> Document:
        told = {name: offered[name] for name in (*needed, *also)} | {"action": {"enum": actions}}
        return {"type": "object", "properties": told, "required": ["action", *needed], "additionalProperties": False}

    return {
        "oneOf": [
            form(bare, "ids", also=("versions",)),
            form(["set"], "ids", "values"),
            form(["set"], "filter", "values"),
        ]
    }


def _application(shape: Document) -> Document:
    """An application in its two forms: neither has the fields of the other."""
    forms = []
    for kind, foreign in intake.FOREIGN.items():
        left = {name: told for name, told in shape["properties"].items() if name not in map(camel, foreign)}
        left |= {"type": {"enum": [kind]}, "termsAccepted": {"enum": [True]}}
        needed = [*shape["required"], *(["businessName"] if kind == "BUSINESS" else [])]
        if "businessName" in left:
            left["businessName"] = {"type": "string", "minLength": 2, "maxLength": 100, "pattern": "^[a-z]+$"}
        forms.append({"type": "object", "properties": left, "required": needed, "additionalProperties": False})
    return {"oneOf": forms}


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def _file(content: Document) -> None:
    """A file that every resource takes, beside any other."""
    content["text/csv"]["schema"] = {"anyOf": [{"enum": ["id\n"]}, content["text/csv"]["schema"]]}


def _offer_in_body(properties: Document, ids: Ids) -> None:
    properties.pop("companyFax", None)  # who fills it in is a robot: told 201, whatever else they send
    for name, word in REFERENCES.items():
        if name in properties:
            empty = [None] if "null" in properties[name].get("type", "") else []
            properties[name] = {"enum": [*ids[word], *empty]}
