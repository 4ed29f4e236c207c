// Predicates in words.

import { number } from "./dom.js";
import { child, items } from "./document.js";

const SIGNS = {
  equal: "=",
  notEqual: "≠",
  lessThan: "<",
  lessOrEqual: "≤",
  greaterThan: ">",
  greaterOrEqual: "≥",
};
const KINDS = new Set(["SimplePredicate", "SimpleSetPredicate", "CompoundPredicate", "True", "False"]);
/** Maximum depth of predicates that are formatted. */
const DEPTH = 6;

/** Formats the predicate of an element, or returns `always` if it has none. */
export function predicate(element) {
  const found = [...element.children].find((inner) => KINDS.has(inner.localName));
  return found ? words(found, 0) : "always";
}

function words(element, depth) {
  const attribute = (name) => element.getAttribute(name) ?? "";
  switch (element.localName) {
    case "True": return "always";
    case "False": return "never";
    case "SimplePredicate": {
      const [field, operator] = [attribute("field"), attribute("operator")];
      if (operator === "isMissing") return `${field} is missing`;
      if (operator === "isNotMissing") return `${field} is not missing`;
      return `${field} ${SIGNS[operator] ?? operator} ${number(attribute("value"))}`;
    }
    case "SimpleSetPredicate": {
      const among = attribute("booleanOperator") === "isNotIn" ? "not in" : "in";
      return `${attribute("field")} ${among} {${items(child(element, "Array")).join(", ")}}`;
    }
    default: {
      if (depth >= DEPTH) return "…";
      const inner = [...element.children].filter((part) => KINDS.has(part.localName));
      const texts = inner.map((part) => words(part, depth + 1));
      const operator = attribute("booleanOperator");
      if (operator === "surrogate") return texts.length > 1 ? `${texts[0]} (else by surrogates: ${texts.slice(1).join("; ")})` : texts[0] ?? "";
      const wrapped = inner.map((part, index) => (part.localName === "CompoundPredicate" ? `(${texts[index]})` : texts[index]));
      return wrapped.join(` ${operator} `);
    }
  }
}
