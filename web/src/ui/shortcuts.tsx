import { Kbd, Modal } from '@mantine/core'

const shortcuts = [
  { keys: ['/'], does: 'Go to the filter or search box' },
  { keys: ['Esc'], does: 'Leave a box, a panel or a dialog' },
  { keys: ['j', 'k'], does: 'Next or previous run of the table' },
  { keys: ['x'], does: 'Select the run, or take it out' },
  { keys: ['Enter'], does: 'Open the run' },
  { keys: ['c'], does: 'Compare the selected runs' },
  { keys: ['1', '… 6'], does: "A run's tabs" },
  { keys: ['?'], does: 'This list' },
]

export function Shortcuts({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="Keyboard" centered>
      <table className="wm-plain">
        <tbody>
          {shortcuts.map(({ keys, does }) => (
            <tr key={does}>
              <td>
                {keys.map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </td>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  )
}
