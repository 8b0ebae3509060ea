export default function Unbuilt() {
  return <h1>playground/playground</h1>;
}
