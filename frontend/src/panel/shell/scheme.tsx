/** Light, dark, or as the system has it. */
import { ActionIcon, Menu, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { messages } from "../messages";
import { Icon, type IconName } from "../ui/icons";

const CHOICES: [MantineColorScheme, IconName][] = [["light", "sun"], ["dark", "moon"], ["auto", "auto"]];

export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const icon = CHOICES.find(([scheme]) => scheme === colorScheme)?.[1] ?? "auto";
  return (
    <Menu position="bottom-end" shadow="md" width={190} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={messages.scheme.label}>
          <Icon name={icon} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}>
          {CHOICES.map(([scheme, name]) => (
            <Menu.RadioItem key={scheme} value={scheme} closeMenuOnClick data-autofocus={scheme === colorScheme || undefined}>
              <span className="choice">
                <Icon name={name} size={16} />
                {messages.scheme[scheme]}
              </span>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
