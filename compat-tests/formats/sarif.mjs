// Checks a SARIF log from the standard input against OASIS' schema of version 2.1.0, which the package carries.
// Prints every breach; the exit status is 1 if there is one.

import { readFileSync } from "node:fs";
import Ajv from "ajv";

const read = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
const schema = read("node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const log = JSON.parse(readFileSync(0, "utf8"));

const ajv = new Ajv({ allErrors: true, schemaId: "auto" });
ajv.addMetaSchema(read("node_modules/ajv/lib/refs/json-schema-draft-04.json"));
const validate = ajv.compile(schema);
if (!validate(log)) {
  for (const { dataPath, message, params } of validate.errors) {
    console.error(`${dataPath || "/"} ${message} ${JSON.stringify(params)}`);
  }
  process.exit(1);
}

// What the schema cannot say: indexes lead somewhere, places are in order.
const { results, tool } = log.runs[0];
for (const result of results) {
  const rule = tool.driver.rules[result.ruleIndex];
  const { region } = result.locations[0].physicalLocation;
  const isOrdered =
    region.startLine < region.endLine || (region.startLine === region.endLine && region.startColumn <= region.endColumn);
  if (rule?.id !== result.ruleId || !isOrdered) {
    console.error(`${result.ruleId}: wrong rule or place: ${JSON.stringify(region)}`);
    process.exit(1);
  }
}
console.log(results.length);
