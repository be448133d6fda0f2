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
        {CHOICES.map(([scheme, name]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon name={name} size={16} />}
            rightSection={scheme === colorScheme ? <Icon name="check" size={16} /> : null}
            data-autofocus={scheme === colorScheme || undefined}
            onClick={() => setColorScheme(scheme)}
          >
            {messages.scheme[scheme]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
