// <record-form>: keeps computed values, visibility and fills of a record's form live by asking the server,
// which alone decides; and keeps what was typed until it is saved.
