namespace Crid.Pods.Tests;

/// <summary>The boot row of the fake machine.</summary>
internal sealed class FakeBootRecord(Incarnation life) : IBootRecord
{
    public Task<string?> ReadAsync() => Task.FromResult(life.Look(() => life.Machine.BootRow));

    public Task WriteAsync(string bootId) => life.StepAsync("write boot", () => life.Machine.BootRow = bootId);
}
