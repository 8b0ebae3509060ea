import { Compass } from "lucide-react";
import { LinkButton } from "../ui/button";
import { Empty } from "../ui/notes";
import { Card, Page } from "../ui/page";

export function MissingPage() {
  return (
    <Page title="No such page">
      <Card>
        <Empty icon={<Compass size={28} aria-hidden="true" />} title="There is nothing at this address">
          <p>It may have been moved, or mistyped.</p>
          <LinkButton to="/prompts">Go to the prompts</LinkButton>
        </Empty>
      </Card>
    </Page>
  );
}
