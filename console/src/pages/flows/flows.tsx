export default function Unbuilt() {
  return <h1>flows/flows</h1>;
}
