export default function Unbuilt() {
  return <h1>sessions/session</h1>;
}
