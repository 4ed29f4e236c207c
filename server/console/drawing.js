// Drawings of models: selects the part of a document and its kind of drawing.

import * as api from "./api.js";
import { coefficients } from "./coefficients.js";
import { count, make, newId } from "./dom.js";
import { network } from "./network.js";
import { outline } from "./outline.js";
import { predicate } from "./predicate.js";
import { child, children } from "./document.js";
import { tree } from "./tree.js";

/** Maximum size of a document that is drawn, in bytes. */
const LARGEST = 2 << 20;

const DRAWN = {
  TreeModel: ["Tree", tree],
  DecisionTree: ["Tree", tree],
  RegressionModel: ["Regression", coefficients],
  Regression: ["Regression", coefficients],
  GeneralRegressionModel: ["General regression", coefficients],
  Scorecard: ["Scorecard", coefficients],
  NeuralNetwork: ["Neural network", network],
  MiningModel: ["Ensemble", ensemble],
};

const MODELS = new Set([
  ...Object.keys(DRAWN), "AnomalyDetectionModel", "AssociationModel", "BayesianNetworkModel", "ClusteringModel",
  "GaussianProcessModel", "NaiveBayesModel", "NearestNeighborModel", "RuleSetModel", "SequenceModel",
  "SupportVectorMachineModel", "TextModel", "TimeSeriesModel", "BaselineModel",
]);

/** Returns the element for a model's drawing, which is loaded by a button. */
export function drawing(id, size) {
  if (typeof size === "number" && size > LARGEST) {
    const limit = `${LARGEST >> 20} MiB`;
    return make("p", { class: "note" }, `The document is larger than ${limit}, so it is not drawn.`);
  }
  const place = make("div", {}, make("p", { class: "note" }, "The document is being loaded."));
  load(id).then(
    (drawn) => place.replaceChildren(drawn),
    (error) => place.replaceChildren(make("p", { class: "note" }, error.status === 403
      ? `The model is not drawn, because only administrators can read its document. ${error.message}`
      : `The model is not drawn. ${error.message}`)),
  );
  return place;
}

async function load(id) {
  const blob = await api.pmml(id);
  if (blob.size > LARGEST) throw new Error("The document is too large.");
  const root = parse(await blob.arrayBuffer()).documentElement;
  const models = [...root.children].filter((element) => MODELS.has(element.localName));
  if (!models.length) throw new Error("The document has no model of a known type.");
  if (models.length === 1) return model(models[0]);
  const title = (element, index) => `${index + 1}: ${element.getAttribute("modelName") ?? element.localName}`;
  return choice("Model of the document", models.map(title), (index) => model(models[index]));
}

/** Parses a document. */
function parse(bytes) {
  const start = new Uint8Array(bytes, 0, Math.min(bytes.byteLength, 200));
  const declared = /encoding\s*=\s*["']([^"']+)/.exec(String.fromCharCode(...start))?.[1];
  let text;
  try {
    text = new TextDecoder(declared ?? "utf-8").decode(bytes);
  } catch {
    throw new Error(`The document's encoding, ${declared}, is unknown.`);
  }
  const read = new DOMParser().parseFromString(text, "application/xml");
  if (read.getElementsByTagName("parsererror").length) throw new Error("The document is not well-formed XML.");
  return read;
}

/** Returns the drawing of a model, with its description. */
function model(element) {
  const [name, drawn] = DRAWN[element.localName] ?? [element.localName, outline];
  const facts = [
    name,
    element.getAttribute("modelName"),
    element.getAttribute("functionName"),
    element.getAttribute("algorithmName"),
    element.getAttribute("normalizationMethod"),
  ];
  return make(
    "div", {}, make("p", { class: "note" }, facts.filter((fact) => fact && fact !== "none").join(" · ")), drawn(element),
  );
}

/** Returns a drawing of segments, one at a time. */
function ensemble(element) {
  const segmentation = child(element, "Segmentation");
  // A model may have embedded models besides its own fields, or only those.
  if (!segmentation) return outline(element);
  const segments = children(segmentation, "Segment");
  const contents = segments.map((segment) => [...segment.children].find((inner) => MODELS.has(inner.localName)));
  const titles = segments.map((segment, index) => {
    const [name] = DRAWN[contents[index]?.localName] ?? [contents[index]?.localName ?? "nothing"];
    const condition = predicate(segment);
    const weight = segment.getAttribute("weight");
    return [
      `${index + 1}: ${segment.getAttribute("id") && segment.getAttribute("id") !== String(index + 1) ? `“${segment.getAttribute("id")}”, ` : ""}${name}`,
      weight && weight !== "1" && `weight ${weight}`,
      condition !== "always" && `if ${condition}`,
    ].filter(Boolean).join(", ");
  });
  const method = segmentation.getAttribute("multipleModelMethod") ?? "";
  return make(
    "div", {},
    make("p", {}, `${count(segments.length, "segment")}, combined by `, make("code", {}, method), "."),
    segments.length ? choice("Segment", titles, (index) => (contents[index] ? model(contents[index]) : make("p", {}, "Nothing."))) : null,
  );
}

/** Returns an element that shows one of several drawings. */
function choice(label, titles, drawn) {
  const id = newId();
  const select = make("select", { id }, titles.map((title, index) => make("option", { value: index }, title)));
  const place = make("div", {});
  const step = (change, text) => make("button", { type: "button", onclick: () => go(select.selectedIndex + change) }, text);
  const buttons = [step(-1, "Previous"), step(1, "Next")];
  const go = (index) => {
    if (index < 0 || index >= titles.length) return;
    select.selectedIndex = index;
    // Not `disabled`: a button that has the focus would lose it.
    buttons[0].setAttribute("aria-disabled", String(index === 0));
    buttons[1].setAttribute("aria-disabled", String(index === titles.length - 1));
    place.replaceChildren(drawn(index));
  };
  select.addEventListener("change", () => go(select.selectedIndex));
  go(0);
  return make("div", {}, make("div", { class: "buttons" }, make("label", { for: id }, label), select, buttons), place);
}
