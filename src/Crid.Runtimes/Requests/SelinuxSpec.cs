namespace Crid.Runtimes;

/// <summary>The parts of an SELinux label; empty parts take the policy's default.</summary>
public sealed record SelinuxSpec(string User, string Role, string Type, string Level);
