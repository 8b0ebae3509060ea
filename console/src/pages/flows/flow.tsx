export default function Unbuilt() {
  return <h1>flows/flow</h1>;
}
