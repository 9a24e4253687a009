namespace Crid.Linux;

/// <summary>How a program ended. <paramref name="ExitStatus"/> is 128 + signal where a signal ended it.</summary>
public sealed record ProgramResult(int ExitStatus, byte[] Output, byte[] ErrorOutput);
