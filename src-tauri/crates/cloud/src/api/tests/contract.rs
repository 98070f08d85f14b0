//! Checks the documents and the response types against TDR's published schema.
//!
//! The schema is not part of this repository. It is read from the folder that `WAYBILL_SHARED` names, or from `shared`
//! beside the repository. If it is missing, the test reports that and checks nothing.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, Type};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::super::{documents, wire};

const NAME: &str = "contracts/tdr-consignment-api.schema.graphql";

fn schema() -> Option<Valid<Schema>> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
    let beside = repository.parent().map(|folder| folder.join("shared"));
    let folder = std::env::var_os("WAYBILL_SHARED").map(PathBuf::from).or(beside)?;
    match std::fs::read_to_string(folder.join(NAME)) {
        Ok(text) => Some(Schema::parse_and_validate(text, NAME).unwrap()),
        Err(error) => {
            // Not `println`, whose output is shown only for tests that fail.
            let reason = format!("no {NAME} in {}: {error} (WAYBILL_SHARED names the folder)", folder.display());
            let said = format!("SKIPPED: the documents were not compared: {reason}\n");
            std::io::stderr().write_all(said.as_bytes()).unwrap();
            None
        }
    }
}

/// Which of the responses that the schema allows to generate.
#[derive(Clone, Copy)]
enum Sample {
    /// Everything nullable is null, and lists are empty.
    Least,
    /// Nothing is null, and lists have two elements.
    Most,
    /// As `Most`, but nullable list elements are null.
    Holes,
}

fn answer(schema: &Schema, document: &ExecutableDocument, sample: Sample) -> Value {
    object(schema, &document.operations.iter().next().unwrap().selection_set, sample)
}

fn object(schema: &Schema, selected: &SelectionSet, sample: Sample) -> Value {
    let fields = selected.selections.iter().map(|selection| {
        let Selection::Field(field) = selection else { panic!("our documents have no fragments") };
        let value = value(schema, &field.definition.ty, &field.selection_set, sample, false);
        (field.response_key().to_string(), value)
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

fn value(schema: &Schema, ty: &Type, selected: &SelectionSet, sample: Sample, in_list: bool) -> Value {
    let null = match sample {
        Sample::Least => true,
        Sample::Most => false,
        Sample::Holes => in_list,
    };
    if null && !ty.is_non_null() {
        return Value::Null;
    }
    if ty.is_list() {
        let element = value(schema, ty.item_type(), selected, sample, true);
        return match sample {
            Sample::Least => json!([]),
            Sample::Most | Sample::Holes => json!([element, element]),
        };
    }
    match schema.types.get(ty.inner_named_type()).unwrap() {
        ExtendedType::Object(_) => object(schema, selected, sample),
        ExtendedType::Scalar(scalar) => match scalar.name.as_str() {
            "UUID" => json!("7f9fbd5a-0000-4000-8000-000000000001"),
            "ZonedDateTime" => json!("2026-01-02T03:04:05Z"),
            "Int" | "Long" => json!(7),
            "Boolean" => json!(true),
            "String" => json!("text"),
            other => panic!("no sample for {other}"),
        },
        other @ (ExtendedType::Interface(_)
        | ExtendedType::Union(_)
        | ExtendedType::Enum(_)
        | ExtendedType::InputObject(_)) => {
            panic!("no sample for {other:?}")
        }
    }
}

fn holds<T: DeserializeOwned>(schema: &Valid<Schema>, document: &str) {
    let parsed = ExecutableDocument::parse_and_validate(schema, document, "document").unwrap_or_else(|problems| {
        panic!("{document}\n{problems}");
    });
    for sample in [Sample::Least, Sample::Most, Sample::Holes] {
        let answer = answer(schema, &parsed, sample);
        if let Err(error) = serde_json::from_value::<T>(answer.clone()) {
            panic!("{error}: {answer}");
        }
    }
}

#[test]
fn the_documents_are_valid_and_every_answer_that_the_schema_allows_can_be_read() {
    let Some(schema) = schema() else { return };
    holds::<wire::Consignments>(&schema, documents::CONSIGNMENTS);
    holds::<wire::One<wire::Consignment>>(&schema, documents::CONSIGNMENT);
    holds::<wire::StartUpload>(&schema, documents::START_UPLOAD);
    holds::<wire::One<wire::Truth>>(&schema, documents::TRUTH);
    holds::<wire::Registered>(&schema, documents::REGISTER);
    holds::<wire::One<wire::Files<wire::File>>>(&schema, documents::MATCHES);
    holds::<wire::One<wire::Files<wire::CheckedFile>>>(&schema, documents::FILE_STATUSES);
    holds::<wire::One<wire::Checks>>(&schema, documents::CHECKS);
}

#[test]
fn the_variables_that_are_sent_are_those_that_the_documents_declare() {
    let Some(schema) = schema() else { return };
    for (document, names) in [
        (documents::CONSIGNMENTS, vec!["limit", "currentPage", "consignmentFiltersInput", "orderBy"]),
        (documents::CONSIGNMENT, vec!["consignmentId"]),
        (documents::START_UPLOAD, vec!["input"]),
        (documents::TRUTH, vec!["consignmentId"]),
        (documents::REGISTER, vec!["input"]),
        (documents::MATCHES, vec!["consignmentId", "paginationInput"]),
        (documents::FILE_STATUSES, vec!["consignmentId", "paginationInput"]),
        (documents::CHECKS, vec!["consignmentId"]),
    ] {
        let parsed = ExecutableDocument::parse_and_validate(&schema, document, "document").unwrap();
        let operation = parsed.operations.iter().next().unwrap();
        let declared: Vec<_> = operation.variables.iter().map(|variable| variable.name.as_str()).collect();
        assert_eq!(declared, names);
    }
}
