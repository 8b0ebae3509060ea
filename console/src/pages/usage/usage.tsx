export default function Unbuilt() {
  return <h1>usage/usage</h1>;
}
