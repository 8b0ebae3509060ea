export default function Unbuilt() {
  return <h1>prompts/prompt</h1>;
}
