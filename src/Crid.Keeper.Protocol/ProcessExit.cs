namespace Crid.Keeper.Protocol;

/// <summary>The end of a kept process. <paramref name="ExitStatus"/> is 128 + signal where a signal ended it, <see cref="Unknown"/> where nobody knows.</summary>
public sealed record ProcessExit(string Id, int Pid, int ExitStatus, DateTimeOffset FinishedAt)
{
    /// <summary>The status of a process that ended while nobody held it: unlike 255, no process can choose it.</summary>
    public const int Unknown = -1;
}
