export default function Unbuilt() {
  return <h1>webhooks/webhooks</h1>;
}
