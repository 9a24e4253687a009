using Crid.Core;
using Crid.Oci;
using CsCheck;

namespace Crid.Runtimes.Tests;

public sealed class ProcessEnvironmentTests
{
    private static readonly Gen<string> Name = Pick.Of("PATH", "TERM", "HOSTNAME", "A", "B", "C");
    private static readonly Gen<string> Value = Gen.String[Gen.Char["ab=c $"], 0, 5];

    [Fact]
    public void For_AnyVariables_LastOneWinsAndNamesAreUnique() =>
        Gen.Select(Gen.Select(Name, Value).List[0, 6], Gen.Select(Name, Value).List[0, 6], Gen.Bool).Sample((image, request, tty) =>
        {
            ContainerSpec spec = TestRequests.Spec with { Tty = tty, Environment = [.. request.Select(static pair => KeyValuePair.Create(pair.Item1, pair.Item2))] };
            ImageExecutionConfig config = new() { Env = [.. image.Select(static pair => $"{pair.Item1}={pair.Item2}")] };

            IReadOnlyList<string> result = ProcessEnvironment.For(spec, config, "host");

            Dictionary<string, string> variables = result.ToDictionary(static entry => entry[..entry.IndexOf('=')], static entry => entry[(entry.IndexOf('=') + 1)..]);
            Dictionary<string, string> expected = [];
            foreach ((string name, string value) in image.Concat(request))
            {
                expected[name] = value;
            }

            Assert.All(expected, pair => Assert.Equal(pair.Value, variables[pair.Key]));
            Assert.Equal("host", expected.ContainsKey("HOSTNAME") ? "host" : variables["HOSTNAME"]);
            Assert.StartsWith("PATH=", result[0], StringComparison.Ordinal);
            Assert.Equal(tty || expected.ContainsKey("TERM"), variables.ContainsKey("TERM"));
        });

    [Fact]
    public void For_ImageEntriesThatAreNoVariables_AreLeftOut()
    {
        ImageExecutionConfig image = new() { Env = ["NOVALUE", "=x", "GOOD=1"] };

        IReadOnlyList<string> result = ProcessEnvironment.For(TestRequests.Spec, image, "h");

        Assert.Equal(["HOSTNAME=h", "GOOD=1"], result.Skip(1));
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("A=B", "x")]
    [InlineData("A", "x\0y")]
    public void For_RequestWithImpossibleVariable_IsInvalid(string name, string value)
    {
        ContainerSpec spec = TestRequests.Spec with { Environment = [new(name, value)] };

        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => ProcessEnvironment.For(spec, image: null, "h")).Kind);
    }
}
