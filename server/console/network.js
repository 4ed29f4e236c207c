// Neural networks: layers of neurons, and the weights between them.

import { count, cutMiddle, draw, make, number, scrolling } from "./dom.js";
import { child, children } from "./document.js";

/** Maximum numbers of neurons of a layer and of all weights that are drawn. */
const NEURONS = 16;
const WEIGHTS = 600;
const STEP_X = 220;
const STEP_Y = 34;
const RADIUS = 10;
const TOP = 44;
/** Maximum number of characters of an input's name; longer ones are truncated. */
const NAME = 32;
const CHARACTER = 7.2;

/** Returns the drawing of a network, and a table of its layers. */
export function network(model) {
  const inputs = children(child(model, "NeuralInputs") ?? model, "NeuralInput");
  const outputs = children(child(model, "NeuralOutputs") ?? model, "NeuralOutput");
  const activation = (layer) => layer.getAttribute("activationFunction") ?? model.getAttribute("activationFunction") ?? "";
  const layers = [
    { name: "Inputs", function: "", neurons: inputs },
    ...children(model, "NeuralLayer").map((layer, index) => ({
      name: `Layer ${index + 1}`, function: activation(layer), neurons: children(layer, "Neuron"),
    })),
  ];
  const table = make(
    "table", {},
    make("caption", {}, "Layers"),
    make("thead", {}, make("tr", {}, ["Layer", "Neurons", "Activation"].map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, layers.map((layer) => make(
      "tr", {},
      make("th", { scope: "row" }, layer.name),
      make("td", { class: "number" }, String(layer.neurons.length)),
      make("td", {}, layer.function),
    ))),
  );
  const { svg, notes } = picture(layers, outputs);
  return make("div", {}, scrolling("Drawing of the network", svg), make("p", { class: "note" }, notes), table);
}

function picture(layers, outputs) {
  const drawn = layers.map((layer) => layer.neurons.slice(0, NEURONS));
  const rows = Math.max(1, ...drawn.map((neurons) => neurons.length));
  const names = outputNames(outputs);
  const fields = new Map(drawn[0].map((input) => [input.getAttribute("id"), inputName(input)]));
  const longest = Math.max(0, ...[...fields.values()].map((name) => name?.length ?? 0));
  const left = 40 + Math.ceil(Math.min(NAME, longest) * CHARACTER);
  const width = left + (layers.length - 1) * STEP_X + 150;
  const height = TOP + rows * STEP_Y + 20;
  const places = new Map();
  drawn.forEach((neurons, column) => {
    const start = TOP + (rows - neurons.length) * STEP_Y / 2 + STEP_Y / 2;
    neurons.forEach((neuron, row) => {
      places.set(neuron.getAttribute("id"), { x: left + column * STEP_X, y: start + row * STEP_Y, neuron, column });
    });
  });
  const { lines, weights } = connections(drawn, places);
  const circles = [...places].map(([id, { x, y, neuron, column }]) => {
    const bias = neuron.getAttribute("bias");
    const field = column === 0 ? fields.get(id) : null;
    const name = field ?? names.get(id);
    const texts = [];
    if (field) texts.push(draw("text", { x: x - RADIUS - 6, y: y + 4, "text-anchor": "end" }, cutMiddle(field, NAME)));
    else if (name) texts.push(draw("text", { x: x + RADIUS + 6, y: y + 4 }, cutMiddle(name, 18)));
    const circle = draw(
      "circle", { class: "neuron", cx: x, cy: y, r: RADIUS },
      draw("title", {}, [name ?? `Neuron ${id}`, bias !== null && `bias ${number(bias)}`].filter(Boolean).join(", ")),
    );
    return [circle, ...texts];
  });
  const heads = layers.flatMap((layer, column) => {
    const x = left + column * STEP_X;
    const hidden = layer.neurons.length - drawn[column].length;
    return [
      draw("text", { x, y: 16, "text-anchor": "middle" }, layer.name),
      draw("text", { class: "faint", x, y: 32, "text-anchor": "middle" }, layer.function),
      hidden ? draw("text", { class: "faint", x, y: height - 6, "text-anchor": "middle" }, `and ${hidden} more`) : null,
    ].filter(Boolean);
  });
  const label = `Neural network: ${layers.map((layer) => `${layer.name} of ${layer.neurons.length}`).join(", ")}`;
  const svg = draw(
    "svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    lines, circles.flat(), heads,
  );
  const notes = `The strongest weights are the thickest lines; negative ones are dashed.${
    weights > lines.length ? ` ${lines.length} of ${count(weights, "weight")} between the neurons shown are drawn, the strongest.` : ""}`;
  return { svg, notes };
}

/** Returns the weights between the neurons that are drawn, or the largest ones if there are too many. */
function connections(drawn, places) {
  const all = [];
  for (const neuron of drawn.slice(1).flat()) {
    const to = places.get(neuron.getAttribute("id"));
    for (const connection of children(neuron, "Con")) {
      const from = places.get(connection.getAttribute("from"));
      const weight = Number(connection.getAttribute("weight"));
      if (from && to && Number.isFinite(weight)) all.push({ from, to, weight });
    }
  }
  const kept = all.toSorted((one, other) => Math.abs(other.weight) - Math.abs(one.weight)).slice(0, WEIGHTS);
  const most = Math.abs(kept[0]?.weight ?? 1) || 1;
  const lines = kept.map(({ from, to, weight }) => {
    const strength = Math.abs(weight) / most;
    return draw("line", {
      class: weight < 0 ? "weight negative" : "weight",
      x1: from.x, y1: from.y, x2: to.x, y2: to.y,
      "stroke-width": (0.4 + 2.6 * strength).toFixed(2),
      "stroke-opacity": (0.25 + 0.75 * strength).toFixed(2),
      "stroke-dasharray": weight < 0 ? "5 3" : null,
    });
  });
  // Lines of small weights are below those of large ones.
  return { lines: lines.reverse(), weights: all.length };
}

/** Returns the field of an input, which is the first in its expression. */
function inputName(input) {
  const named = [...input.getElementsByTagNameNS("*", "*")].find((inner) => inner.hasAttribute("field"));
  return named?.getAttribute("field") ?? null;
}

/** Returns the meanings of the output neurons, by their ids. */
function outputNames(outputs) {
  const names = new Map();
  for (const output of outputs) {
    const inner = [...output.getElementsByTagNameNS("*", "*")];
    const category = inner.find((one) => one.localName === "NormDiscrete")?.getAttribute("value");
    const field = inner.find((one) => one.hasAttribute("field"))?.getAttribute("field");
    names.set(output.getAttribute("outputNeuron"), category ?? field ?? null);
  }
  return names;
}
