using Crid.Core;

namespace Crid.Runtimes.Tests;

public sealed class CdiRequestTests
{
    [Fact]
    public void NamesOf_FieldAndAnnotations_AreInOrderAndOnce()
    {
        ContainerSpec spec = TestRequests.Spec with
        {
            CdiDevices = ["v.com/c=b", "v.com/c=b", "v.com/c=a"],
            Annotations = new Dictionary<string, string>
            {
                ["cdi.k8s.io/plugin_2"] = "v.com/c=z",
                ["cdi.k8s.io/plugin_1"] = "v.com/c=y,v.com/c=a",
                ["other"] = "v.com/c=no",
            },
        };

        Assert.Equal(["v.com/c=b", "v.com/c=a", "v.com/c=y", "v.com/c=z"], CdiRequest.NamesOf(spec));
    }

    [Theory]
    [InlineData("/dev/fuse")]
    [InlineData("v.com/c")]
    [InlineData("v.com/c=")]
    [InlineData("v.com/c=a/b")]
    [InlineData("v.com=a")]
    [InlineData("")]
    public void NamesOf_NameThatIsNotQualified_IsInvalidAndNamesItsAnnotation(string name)
    {
        ContainerSpec spec = TestRequests.Spec with { Annotations = new Dictionary<string, string> { ["cdi.k8s.io/x"] = name } };

        CridException exception = Assert.Throws<CridException>(() => CdiRequest.NamesOf(spec));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains($"'{name}' of annotation 'cdi.k8s.io/x'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v/c=0")]
    [InlineData("a.B-c_d/e.f=GPU-1:2.x_y")]
    public void NamesOf_QualifiedName_IsTaken(string name) => Assert.Equal([name], CdiRequest.NamesOf(TestRequests.Spec with { CdiDevices = [name] }));
}
