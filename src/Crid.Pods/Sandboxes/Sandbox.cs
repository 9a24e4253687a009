using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>A sandbox at one moment: its spec, which never changes, and its status, which is replaced as a whole.</summary>
public sealed record Sandbox(SandboxId Id, SandboxSpec Spec, SandboxStatus Status);
