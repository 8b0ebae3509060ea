export default function Unbuilt() {
  return <h1>webhooks/delivery</h1>;
}
