export default function Unbuilt() {
  return <h1>keys/keys</h1>;
}
