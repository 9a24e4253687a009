using System.Collections;

namespace Crid.Images.Tests;

/// <summary>A name twice; whoever reads them is held up once, after the first.</summary>
internal sealed class InterruptedNames(string name, Action interruption) : IReadOnlyList<string>
{
    private Action? _interruption = interruption;

    public int Count => 2;

    public string this[int index] => name;

    public IEnumerator<string> GetEnumerator()
    {
        yield return name;
        Interlocked.Exchange(ref _interruption, null)?.Invoke();
        yield return name;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
