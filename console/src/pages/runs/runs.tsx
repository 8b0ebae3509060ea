export default function Unbuilt() {
  return <h1>runs/runs</h1>;
}
