//! The served schema against the one The National Archives publish, type by type.
//!
//! The published schema is not part of this repository. It is read at test time from `contracts/` of the folder that
//! `WAYBILL_SHARED` names, else of `shared` beside the repository. If neither exists, the test says so and compares nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition,
};

const FILE: &str = "contracts/tdr-consignment-api.schema.graphql";

/// A type as lines that can be compared: `field(argument: Type = default): Type`.
type Shape = BTreeSet<String>;

#[test]
fn every_type_and_operation_served_is_as_published() {
    let Some(path) = published() else {
        // Not `eprintln`, which is shown for tests that fail only.
        let reason = format!("neither WAYBILL_SHARED nor ../shared holds {FILE}");
        let said = format!("SKIPPED: the served schema was not compared, because {reason}\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        return;
    };
    let published = shapes(&parse_schema(std::fs::read_to_string(path).unwrap()).unwrap());
    let served = shapes(&parse_schema(super::super::schema().sdl()).unwrap());
    let mut differences = Vec::new();
    for (name, shape) in &served {
        let Some(expected) = published.get(name) else {
            differences.push(format!("{name} is not published"));
            continue;
        };
        let some_only = name == "Query" || name == "Mutation";
        let extra = shape.difference(expected).map(|line| format!("{name} serves {line}"));
        differences.extend(extra);
        if !some_only {
            differences.extend(expected.difference(shape).map(|line| format!("{name} lacks {line}")));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    for operation in ["getConsignment", "consignments", "getSeries"] {
        assert!(served["Query"].iter().any(|line| line.starts_with(operation)), "{operation}");
    }
    for operation in [
        "addConsignment",
        "updateConsignmentSeriesId",
        "addConsignmentStatus",
        "updateConsignmentStatus",
        "addOrUpdateConsignmentMetadata",
        "addTransferAgreementPrivateBeta",
        "addTransferAgreementCompliance",
        "startUpload",
        "addFilesAndMetadata",
        "addMultipleFileStatuses",
        "addFinalTransferConfirmation",
        "updateTransferInitiated",
    ] {
        assert!(served["Mutation"].iter().any(|line| line.starts_with(operation)), "{operation}");
    }
}

fn published() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(4).map(|parent| parent.join("shared"));
    let folder = std::env::var_os("WAYBILL_SHARED").map(PathBuf::from).or_else(beside)?;
    Some(folder.join(FILE)).filter(|file| file.is_file())
}

fn shapes(document: &ServiceDocument) -> BTreeMap<String, Shape> {
    let mut shapes = BTreeMap::new();
    for definition in &document.definitions {
        if let TypeSystemDefinition::Type(definition) = definition {
            let shape = match &definition.node.kind {
                TypeKind::Scalar => Shape::from(["scalar".to_owned()]),
                TypeKind::Object(object) => object.fields.iter().map(|one| field(&one.node)).collect(),
                TypeKind::InputObject(input) => input.fields.iter().map(|one| value(&one.node)).collect(),
                TypeKind::Enum(one) => one.values.iter().map(|value| value.node.value.to_string()).collect(),
                TypeKind::Interface(_) | TypeKind::Union(_) => {
                    panic!("{} is of a kind nobody expected", definition.node.name)
                }
            };
            shapes.insert(definition.node.name.to_string(), shape);
        }
    }
    shapes
}

fn field(field: &FieldDefinition) -> String {
    let arguments: BTreeSet<String> = field.arguments.iter().map(|one| value(&one.node)).collect();
    let arguments: Vec<String> = arguments.into_iter().collect();
    let deprecated = field.directives.iter().any(|directive| directive.node.name.node == "deprecated");
    let mark = if deprecated { " deprecated" } else { "" };
    format!("{}({}): {}{mark}", field.name, arguments.join(", "), type_name(&field.ty.node))
}

fn value(value: &InputValueDefinition) -> String {
    let default = value.default_value.as_ref().map(|default| format!(" = {}", default.node)).unwrap_or_default();
    format!("{}: {}{default}", value.name, type_name(&value.ty.node))
}

fn type_name(one: &Type) -> String {
    let base = match &one.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => format!("[{}]", type_name(inner)),
    };
    if one.nullable { base } else { format!("{base}!") }
}
