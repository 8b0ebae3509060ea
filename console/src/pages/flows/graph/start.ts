import type { Graph } from "./document";

/** What a new flow begins with: it can be run as it is. */
export const START: Graph = {
  nodes: [
    {
      id: "topic",
      type: "variableNode",
      position: { x: 0, y: 40 },
      data: { variable: { label: "topic", value: "the sea" } },
    },
    {
      id: "answer",
      type: "actionNode",
      position: { x: 300, y: 20 },
      data: { name: "answer", prompt: "Tell something about {topic} in two sentences.", modelParams: {}, output: "" },
    },
    { id: "text", type: "outputNode", position: { x: 600, y: 50 }, data: { name: "text", output: {} } },
  ],
  edges: [
    { id: "topic-answer", source: "topic", sourceHandle: "output", target: "answer", targetHandle: "variables" },
    { id: "answer-text", source: "answer", sourceHandle: "output", target: "text", targetHandle: "input" },
  ],
};
