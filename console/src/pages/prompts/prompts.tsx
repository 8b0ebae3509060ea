export default function Unbuilt() {
  return <h1>prompts/prompts</h1>;
}
