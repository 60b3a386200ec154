// <record-picker>, <member-picker>: search boxes over relations and members.
