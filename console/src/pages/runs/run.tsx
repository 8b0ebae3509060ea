export default function Unbuilt() {
  return <h1>runs/run</h1>;
}
