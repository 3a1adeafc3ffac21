import { cpSync, lstatSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { OutsAside } from './outs-aside.ts'
import type { Project } from './project.ts'
import type { Stage } from './stage.ts'

/**
 * Copies what `.dvcignore` names from a stage's earlier folders into the new ones, where the command made nothing of that
 * name: it is no part of the outs, so it may be somebody's own, and a checkout leaves it alone too.
 */
export function carryIgnored(project: Project, stage: Stage, aside: Pick<OutsAside, 'placeOf'>): void {
  for (const out of stage.outs) {
    // Outside of the project no ignore file has a say.
    if (out.persist || !out.at.startsWith(`${project.root}/`)) continue
    const earlier = aside.placeOf(out.at)
    if (earlier && isFolder(earlier) && isFolder(out.at)) carry(project, earlier, out.at)
  }
}

function carry(project: Project, from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    const match = project.hashing.ignored.match(relative(project.root, target), entry.isDirectory())
    // What is never looked into, such as the .git of a clone, comes from the command as a whole or not at all.
    if (match?.file === 'built in') continue
    const made = lstatSync(target, { throwIfNoEntry: false })
    if (match && !made) cpSync(source, target, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
    // Through what is a link or a file now nothing is carried: it would land elsewhere.
    if (!match && entry.isDirectory() && (!made || made.isDirectory())) carry(project, source, target)
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
